with

source as (

    select * from {{ source('raw', 'product__content') }}

),

renamed as (

    select
        -- ids
        content_id,

        -- dimensions
        kind,
        title,
        category,
        url,
        image_url,
        account_id as source_account,

        -- times
        published_at,
        updated_at,
        deleted_at,
        {{ object_version_columns(own_instant='coalesce(updated_at, published_at)', changed_at='updated_at') }}

    from source

)

select * from renamed
