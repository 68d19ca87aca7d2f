with

source as (

    select * from {{ source('raw', 'outreach__conversations') }}

),

renamed as (

    select
        -- ids
        message_id,
        lead_id,

        -- dimensions
        direction,
        text,
        account_id as source_account,

        -- times
        occurred_at,
        updated_at,
        {{ object_version_columns(own_instant='coalesce(updated_at, occurred_at)', changed_at='updated_at') }}

    from source

)

select * from renamed
