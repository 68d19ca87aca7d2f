{{ union_platforms('platform', ['platform', 'look_back_days']) }}
