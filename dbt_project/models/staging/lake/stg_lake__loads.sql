with

source as (

    select * from {{ source('raw', 'loads') }}

),

renamed as (

    select
        -- ids
        cast(load_seq as bigint) as load_seq,
        pull_id,
        party,
        entity,
        account_id,

        -- dimensions
        status,

        -- measures
        cast(landed as bigint) as landed_rows,
        cast(raw as bigint) as raw_rows,
        cast(duplicates as bigint) as duplicate_rows,
        cast(quarantined as bigint) as quarantined_rows,

        -- times
        cast(since as date) as since_day,
        cast(until as date) as until_day,
        cast(pulled_at as timestamptz) as pulled_at

    from source

)

select * from renamed
