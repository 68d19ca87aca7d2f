with

source as (

    select * from {{ source('raw', 'telegram__channel_daily') }}

),

renamed as (

    select
        -- ids
        account_id,
        chat_id,
        date as date_day,

        -- dimensions
        title as channel_title,
        username as channel_name,

        -- measures
        members,

        -- times
        observed_at

    from source

)

select * from renamed
