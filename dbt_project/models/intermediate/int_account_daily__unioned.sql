{{ union_platforms('account_daily', account_day_columns()) }}
