-- No touch after a conversion, none from before its window, none of somebody else.
select
    credit.conversion_id,
    credit.touch_id,
    credit.model
from {{ ref('fct_touch_credit') }} as credit
inner join {{ ref('dim_touches') }} as touches
    on credit.touch_id = touches.touch_id
inner join {{ ref('int_goals__policies') }} as policies
    on credit.goal = policies.goal
where
    credit.kind = 'conversion'
    and (
        touches.person_id <> credit.person_id
        or touches.occurred_at > credit.occurred_at
        or {{ microseconds_of('credit.occurred_at') }} - {{ microseconds_of('touches.occurred_at') }}
        > case when touches.touch_kind = 'view' then policies.view_window_us else policies.click_window_us end
    )
