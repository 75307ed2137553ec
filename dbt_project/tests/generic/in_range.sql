{% test in_range(model, column_name, above, up_to) %}
select {{ column_name }}
from {{ model }}
where not ({{ column_name }} > {{ above }} and {{ column_name }} <= {{ up_to }})
{% endtest %}
