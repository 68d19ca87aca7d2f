-- The credited message went to the buyer, not after the sale and not before the window, and none came in between.
select
    credited.sale_id,
    credited.message_id
from {{ ref('int_message_sales__credited') }} as credited
left join {{ ref('int_messages__judged') }} as messages
    on credited.message_id = messages.message_id
left join {{ ref('int_sales__netted') }} as sales
    on credited.sale_id = sales.sale_id
left join {{ ref('int_messages__judged') }} as later
    on
        credited.person_id = later.person_id
        and later.is_creditable
        and credited.message_at < later.tried_at
        and credited.occurred_at >= later.tried_at
where
    later.message_id is not null
    or not coalesce(messages.is_creditable, false)
    or messages.person_id is distinct from credited.person_id
    or sales.person_id is distinct from credited.person_id
    or sales.net_usd is distinct from credited.net_usd
    or sales.occurred_at is distinct from credited.occurred_at
    or messages.tried_at is distinct from credited.message_at
    or credited.occurred_at > credited.message_at + interval '{{ message_window_hours() }} hours'
    or credited.occurred_at < credited.message_at
