{{ union_platforms('ad_groups', ad_group_columns()) }}
