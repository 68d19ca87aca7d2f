{{ union_platforms('campaigns', campaign_columns()) }}
