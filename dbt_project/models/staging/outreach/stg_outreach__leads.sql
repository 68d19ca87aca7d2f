with

source as (

    select * from {{ source('raw', 'outreach__leads') }}

),

renamed as (

    select
        -- ids
        lead_id,

        -- dimensions
        platform,
        handle,
        source,
        lawful_basis,
        topic,
        language,
        country,
        account_id as source_account,

        -- measures
        followers,
        engagement_rate,

        -- times
        captured_at,
        updated_at,
        {{ object_version_columns(own_instant='coalesce(updated_at, captured_at)', changed_at='updated_at') }}

    from source

)

select * from renamed
