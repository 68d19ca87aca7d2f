{{ union_platforms('accounts', account_columns()) }}
