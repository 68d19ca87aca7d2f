-- Clicked messages were opened, opened ones delivered, and nothing becomes of what was not sent.
select *
from {{ ref('fct_message_funnel') }}
where
    clicked > opened
    or opened > delivered
    or delivered > sent
    or converted > sent
    or bounced > sent
    or unsubscribed > sent
    or complained > sent
    or converted > attributed_sales
