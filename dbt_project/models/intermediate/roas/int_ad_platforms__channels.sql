select
    source as platform,
    {{ channel_of_platform('category') }} as channel
from {{ ref('channel_sources') }}
where matches = 'word'
