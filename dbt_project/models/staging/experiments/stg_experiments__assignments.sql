with

source as (

    select * from {{ source('raw', 'experiments__assignments') }}

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
        updated_at,
        {{ object_version_columns(own_instant='coalesce(updated_at, occurred_at)', changed_at='updated_at') }}

    from source

)

select * from renamed
