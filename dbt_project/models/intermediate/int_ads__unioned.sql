{{ union_platforms('ads', ad_columns()) }}
