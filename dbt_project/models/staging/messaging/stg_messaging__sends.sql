with

source as (

    select * from {{ source('raw', 'messaging__sends') }}

),

renamed as (

    select
        -- ids
        message_id,
        user_id,

        -- dimensions
        message_type,
        channel,
        playbook,
        step,
        variant,
        outcome,
        account_id as source_account,

        -- times
        occurred_at,
        updated_at,
        {{ object_version_columns(own_instant='coalesce(updated_at, occurred_at)', changed_at='updated_at') }}

    from source

)

select * from renamed
