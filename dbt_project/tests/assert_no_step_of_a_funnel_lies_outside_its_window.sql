-- Nor before a step that comes before it.
-- depends_on: {{ ref('int_funnel_attempts__reached') }}
select
    funnel,
    person_id,
    entered_at
from {{ ref('int_funnel_attempts__reached') }}
where
    entered_at > ends_at
    or {{ runs_backwards(most_of(funnels(['ordered', 'strict']), 'steps', least=2)) }}
