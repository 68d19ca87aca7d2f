{#- The facts that flow in by themselves: staging model, party and entity. -#}
{% macro streams_told() -%}
    {{ return([
        ('stg_product__events', 'product', 'events'),
        ('stg_product__touches', 'product', 'touches'),
        ('stg_messaging__receipts', 'messaging', 'receipts'),
        ('stg_experiments__exposures', 'experiments', 'exposures'),
    ]) }}
{%- endmacro %}

{#- The objects whose versions people bring or sources tell: staging model, party, entity, and the instant of a row. -#}
{% macro objects_told() -%}
    {{ return([
        ('stg_product__orders', 'product', 'orders', 'occurred_at'),
        ('stg_product__payments', 'product', 'payments', 'occurred_at'),
        ('stg_product__refunds', 'product', 'refunds', 'occurred_at'),
        ('stg_product__subscriptions', 'product', 'subscriptions', 'started_at'),
        ('stg_messaging__sends', 'messaging', 'sends', 'occurred_at'),
        ('stg_experiments__assignments', 'experiments', 'assignments', 'occurred_at'),
        ('stg_outreach__leads', 'outreach', 'leads', 'captured_at'),
        ('stg_outreach__conversations', 'outreach', 'conversations', 'occurred_at'),
    ]) }}
{%- endmacro %}
