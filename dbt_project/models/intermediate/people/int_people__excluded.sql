{{ config(materialized='table') }}

with

stitched as (

    select * from {{ ref('int_people__stitched') }}

),

-- What somebody said while they were known speaks of the user, else of whoever the anonymous id belongs to.
seen as (

    select
        coalesce('u:' || identities.user_id, stitched.person_id) as person_id,
        identities.is_test,
        identities.is_bot,
        identities.is_agent
    from {{ ref('int_identities__seen') }} as identities
    left join stitched
        on
            identities.anonymous_id = stitched.identity_id
            and stitched.identity_kind = 'anonymous'

),

marked as (

    select
        person_id,
        case
            when is_test then 'test'
            -- A program that looks at a link for a known user does not make that user a program.
            when is_bot or (is_agent and person_id like 'a:%') then 'bot'
        end as rule
    from seen

),

listed as (

    select
        person_id,
        'listed' as rule
    from stitched
    where {{ is_listed('identity_id', workspace().excluded_ids) }}

),

excluded as (

    select * from marked
    union all
    select * from listed

)

-- Of several rules the last in the alphabet is told: test, then listed, then bot.
select
    person_id,
    max(rule) as rule
from excluded
where rule is not null
group by 1
