-- Prospects and what was written either way are each counted once.
with

pipeline as (

    select
        coalesce(sum(leads), 0) as leads,
        coalesce(sum(messages), 0) as messages
    from {{ ref('fct_lead_pipeline') }}

),

captured as (

    select count(*) as leads
    from {{ ref('int_leads__current') }}
    where {{ had_happened('captured_at') }}

),

written as (

    select count(*) as messages
    from {{ ref('int_conversations__current') }}
    where {{ had_happened('occurred_at') }}

)

select pipeline.*
from pipeline
cross join captured
cross join written
where
    pipeline.leads <> captured.leads
    or pipeline.messages <> written.messages
