with

source as (

    select * from {{ source('raw', 'whop__members') }}

),

renamed as (

    select
        -- ids
        member_id,
        user_id as whop_user_id,

        -- dimensions
        status,
        access_level,
        most_recent_action,
        account_id as source_account,

        -- measures
        usd_total_spent,

        -- times
        most_recent_action_at,
        joined_at,
        created_at,
        {{ object_version_columns(
            own_instant='coalesce(most_recent_action_at, created_at)',
            changed_at='most_recent_action_at'
        ) }}

    from source

)

select * from renamed
