{% test holds_for_every_row(model, expression) %}
select *
from {{ model }}
where not ({{ expression }})
{% endtest %}
