with

source as (

    select * from {{ source('raw', 'predictions__lifetime_cohorts') }}

),

renamed as (

    select
        -- ids
        cohort_month,
        horizon_days,

        -- measures
        buyers,
        expected_purchases,
        expected_usd,
        low_usd,
        high_usd,
        r,
        alpha,
        a,
        b,
        p,
        q,
        gamma,
        correlation,

        -- times
        _valid_from as valid_from,
        _valid_to as valid_to

    from source

)

select * from renamed
