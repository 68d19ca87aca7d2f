"""Who may see which advertiser: the token exchange, the advertisers of a token, and what an advertiser is."""

from typing import Any

from simulator.tiktok_ads.call import Call
from simulator.tiktok_ads.envelope import Code, Outcome, Refusal
from simulator.tiktok_ads.objects import PARTY
from simulator.world.model import AdAccount

_MOST_ADVERTISERS = 100


def exchange_code(call: Call) -> Outcome:
    """The practice world's code is the token itself: there is no page where a person would grant one."""
    call.parameters.text("app_id")
    call.parameters.text("secret")
    code = call.parameters.text("auth_code")
    mine = [held for held in call.door.credentials if held.party == PARTY and held.fields.get("TOKEN") == code]
    if not mine:
        raise Refusal(Code.WRONG_AUTH_CODE, "Auth_code is incorrect, expired or used already.")
    ids = [held.account_id for held in mine]
    return Outcome(data={"access_token": code, "advertiser_ids": ids, "scope": [1, 2, 3, 4, 5]})


def get_advertisers(call: Call) -> Outcome:
    call.parameters.text("app_id")
    call.parameters.text("secret")
    accounts = [call.account_named(each) for each in call.allowed_accounts()]
    return Outcome(data={"list": [{"advertiser_id": each.id, "advertiser_name": each.name} for each in accounts]})


def advertiser_info(call: Call) -> Outcome:
    ids = call.parameters.texts("advertiser_ids", most=_MOST_ADVERTISERS, required=True)
    wanted = call.parameters.texts("fields")
    rows = [_row(call.account_named(each)) for each in ids]
    if wanted:
        rows = [{name: row[name] for name in ("advertiser_id", *wanted) if name in row} for row in rows]
    return Outcome(data={"list": rows})


def _row(account: AdAccount) -> dict[str, Any]:
    return {
        "advertiser_id": account.id,
        "name": account.name,
        "company": account.name,
        "currency": account.currency,
        "timezone": account.timezone,
        "display_timezone": account.timezone,
        "status": "STATUS_ENABLE" if account.status == "active" else "STATUS_DISABLE",
        "role": "ROLE_ADVERTISER",
        "advertiser_account_type": "AUCTION",
        "country": account.attributes.get("market"),
        "language": "en",
        "balance": 0,
        "create_time": int(account.created_at.timestamp()),
    }
