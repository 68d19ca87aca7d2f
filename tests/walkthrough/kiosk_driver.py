"""Runs inside a copy of the project that knows the fifth platform: everything a newcomer would do, answered as JSON."""

import json
import os
import sys
from datetime import date
from pathlib import Path

import connectors.kiosk_ads

from actions.build_marts import PROJECT, build_marts
from actions.house import open_house
from actions.ingest_account import ingest_account
from actions.load_landed import load_landed
from apps.cli.checkup import examine
from apps.cli.env_example import render
from connectors.ad_platform import DayWindow
from orchestration.building import build_defs, build_hot


def main(window: DayWindow) -> dict:
    house = open_house(dict(os.environ))
    (account,) = house.all_accounts()
    pulled = ingest_account(house, account, run_id="walkthrough", window=window)
    loaded = load_landed(house.lake, warehouse=house.warehouse)
    build_marts(house, run_id="walkthrough")
    with house.warehouse.writing() as connection:
        days = connection.execute(
            "select account_id, ad_id, campaign_id, date_day::text, spend_local::text, currency, impressions, clicks "
            "from marts.fct_ad_daily where platform = 'kiosk_ads' order by date_day"
        ).fetchall()
        campaigns = connection.execute(
            "select campaign_id, campaign_name, status from marts.dim_campaign where platform = 'kiosk_ads'"
        ).fetchall()
        unexplained = connection.execute(
            "select date_day::text, unexplained_spend_local::text from marts.fct_account_reconciliation order by 1"
        ).fetchall()
    keys = [
        spec.key.to_user_string() for defs in (build_defs(), build_hot()) for spec in defs.resolve_all_asset_specs()
    ]
    return {
        "copy": str(PROJECT.parent),
        "connector": connectors.kiosk_ads.__file__,
        "errors": [str(error) for error in pulled.failures],
        "problems": loaded.problems,
        "days": days,
        "campaigns": campaigns,
        "unexplained": unexplained,
        "assets": sorted(key for key in keys if "kiosk" in key),
        "doctor": [f"{each.subject}: {each.message}" for each in examine(house, online=False)],
        "env_example": render(),
    }


if __name__ == "__main__":
    window = DayWindow(date.fromisoformat(sys.argv[1]), date.fromisoformat(sys.argv[2]))
    Path(sys.argv[3]).write_text(json.dumps(main(window)))
