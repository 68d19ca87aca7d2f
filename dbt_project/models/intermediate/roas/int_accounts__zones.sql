{{ config(materialized='table') }}

with

versions as (

    {{ newest_versions(ref('int_accounts__unioned'), ['platform', 'account_id']) }}

)

select
    platform,
    account_id,
    account_timezone
from versions
where
    recency = 1
    and account_timezone is not null
