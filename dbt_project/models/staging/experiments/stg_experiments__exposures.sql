with

source as (

    select * from {{ source('raw', 'experiments__exposures') }}

),

renamed as (

    select
        -- ids
        experiment,
        unit_id,
        variant,

        -- dimensions
        account_id as source_account,

        -- measures
        weight,

        -- times
        occurred_at,
        {{ fact_known_at('occurred_at') }} as known_at

    from source

)

select * from renamed
