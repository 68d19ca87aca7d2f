-- At age 28 a number has by definition moved as far as it will.
select * from {{ ref('fct_restatement_curve') }}
where
    age_days = 28
    and (
        spend_usd is distinct from final_spend_usd
        or clicks is distinct from final_clicks
        or reported_conversions is distinct from final_reported_conversions
        or reported_value_usd is distinct from final_reported_value_usd
    )
