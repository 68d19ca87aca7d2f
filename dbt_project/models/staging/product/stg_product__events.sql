with

source as (

    select * from {{ source('raw', 'product__events') }}

),

renamed as (

    select
        -- ids
        event_id,
        nullif(user_id, '') as user_id,
        nullif(anonymous_id, '') as anonymous_id,

        -- dimensions
        event_type,
        source_app,
        upper(currency) as currency,
        properties,
        account_id as source_account,

        -- measures
        value,

        -- times
        occurred_at,
        received_at,
        {{ fact_known_at('occurred_at', 'received_at') }} as known_at

    from source

)

select * from renamed
