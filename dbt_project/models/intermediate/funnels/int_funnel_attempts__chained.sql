{{ config(materialized='table', post_hook='{{ analyzed() }}') }}

{{ chained_attempts(ref('int_funnel_instants__linked'), ref('int_funnel_entrants__numbered')) }}
