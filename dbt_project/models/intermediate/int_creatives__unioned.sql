{{ union_platforms('creatives', creative_columns()) }}
