with

source as (

    select * from {{ source('raw', 'messaging__receipts') }}

),

renamed as (

    select
        -- ids
        message_id,
        user_id,
        kind,
        delivery_id,

        -- dimensions
        message_type,
        channel,
        playbook,
        step,
        variant,
        account_id as source_account,

        -- times
        occurred_at,
        received_at,
        {{ fact_known_at('occurred_at', 'received_at') }} as known_at

    from source

)

select * from renamed
