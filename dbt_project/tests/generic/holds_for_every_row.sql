{% test holds_for_every_row(model, assertions, touched_column=none, margin='0 hours') %}
with looked_at as (
    select * from {{ model }}
    {%- if touched_column %}
    where {{ in_touched_days(touched_column, margin) }}
    {%- endif %}
)

select
    concat_ws(
        ', '
        {%- for name, expression in assertions.items() %},
        case when not ({{ expression }}) then '{{ name }}' end
        {%- endfor %}
    ) as assertion,
    looked_at.*
from looked_at
where
    {%- for expression in assertions.values() %}
    {{ 'or ' if not loop.first }}not ({{ expression }})
    {%- endfor %}
{% endtest %}
