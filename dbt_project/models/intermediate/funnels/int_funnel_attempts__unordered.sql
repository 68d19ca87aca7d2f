{{ config(materialized='table', post_hook='{{ analyzed() }}') }}

{{ unordered_attempts(ref('int_funnel_events__matched')) }}
