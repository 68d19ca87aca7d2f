-- What was known of arrivals is in dim_touches, or belongs to people who are left out.
with

known as (

    select count(*) as touches
    from {{ ref('stg_product__touches') }}
    where {{ had_happened('known_at') }}

),

placed as (

    select count(*) as touches from {{ ref('dim_touches') }}

),

left_out as (

    select coalesce(sum(touches), 0) as touches
    from {{ ref('fct_identity_exceptions') }}
    where is_left_out

)

select
    known.touches as known_touches,
    placed.touches as placed_touches,
    left_out.touches as left_out_touches
from known
cross join placed
cross join left_out
where known.touches <> placed.touches + left_out.touches
