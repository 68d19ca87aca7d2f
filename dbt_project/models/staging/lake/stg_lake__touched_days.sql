with

source as (

    select * from {{ source('raw', 'touched_days') }}

),

renamed as (

    select
        -- ids
        cast(load_seq as bigint) as load_seq,
        party,
        entity,
        account_id,

        -- times
        date_day

    from source

)

select * from renamed
