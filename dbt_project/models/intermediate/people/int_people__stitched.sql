{{ config(materialized='table') }}

with

seen as (

    select * from {{ ref('int_identities__seen') }}

),

users as (

    select
        user_id,
        min(first_seen_at) as first_seen_at
    from seen
    where user_id is not null
    group by 1

),

-- How many users an anonymous id was ever seen with decides, not in which order: a device that several share was
-- shared from the beginning.
anonymous as (

    select
        anonymous_id,
        count(distinct user_id) as users,
        max(user_id) as only_user,
        min(first_seen_at) as first_seen_at,
        min(case when user_id is null then first_seen_at end) as first_seen_alone_at
    from seen
    where anonymous_id is not null
    group by 1

),

clustered as (

    select
        anonymous.*,
        -- Belongs to its user: it was seen with no other, and that user has no more of them than can be true.
        users = 1
        and count(*) over (partition by users, only_user) <= {{ workspace().identity_cluster_limit }} as is_merged
    from anonymous

)

select
    'user' as identity_kind,
    user_id as identity_id,
    'u:' || user_id as person_id,
    user_id as only_user_id,
    'known' as rule,
    first_seen_at
from users

union all

select
    'anonymous' as identity_kind,
    anonymous_id as identity_id,
    case when is_merged then 'u:' || only_user else 'a:' || anonymous_id end as person_id,
    case when users = 1 then only_user end as only_user_id,
    case
        when is_merged then 'identified'
        when users = 0 then 'never_identified'
        when users = 1 then 'cluster_limit'
        else 'shared_device'
    end as rule,
    case when is_merged then first_seen_at else first_seen_alone_at end as first_seen_at
from clustered
