"""Made-up credentials for every account of a practice world; worth nothing outside it."""

from collections.abc import Iterable, Sequence

from simulator.world.luck import key_of
from simulator.world.model import AdAccount, Credentials

PARTIES = ("meta_ads", "x_ads", "tiktok_ads", "telegram")
_ENV_PREFIX = {"meta_ads": "META", "x_ads": "X", "tiktok_ads": "TIKTOK", "telegram": "TELEGRAM"}
BASE_URL_VARIABLES = tuple(f"{prefix}_BASE_URL" for prefix in _ENV_PREFIX.values())
_SECRETS = {
    "meta_ads": ("TOKEN", "APP_SECRET"),
    "x_ads": ("CONSUMER_KEY", "CONSUMER_SECRET", "TOKEN", "TOKEN_SECRET"),
    "tiktok_ads": ("TOKEN",),
    "telegram": ("BOT_TOKEN",),
}


def _text(*parts: int | str) -> str:
    return f"{key_of(*parts):016x}{key_of(*parts, 'more'):016x}"


def _secret(seed: int, account: AdAccount, field: str) -> str:
    text = _text(seed, "secret", account.party, account.id, field)
    if field == "BOT_TOKEN":
        return f"{7_000_000_000 + key_of(seed, 'bot', account.id) % 10**9}:AA{text}x"  # the bot's id starts the token
    return f"EAApractice{text}" if field == "TOKEN" and account.party == "meta_ads" else f"practice-{text}"


def credentials_of(accounts: Iterable[AdAccount], *, seed: int) -> tuple[Credentials, ...]:
    return tuple(
        Credentials(
            party=account.party,
            account_id=account.id,
            fields={"ID": account.id} | {field: _secret(seed, account, field) for field in _SECRETS[account.party]},
        )
        for account in accounts
    )


def environment(credentials: Sequence[Credentials]) -> dict[str, str]:
    """As Weir's environment expects them: META_ACCOUNT_1_ID, META_ACCOUNT_1_TOKEN, X_ACCOUNT_1_CONSUMER_KEY …"""
    lines: dict[str, str] = {}
    numbers: dict[str, int] = {}
    for each in credentials:
        numbers[each.party] = numbers.get(each.party, 0) + 1
        prefix = f"{_ENV_PREFIX[each.party]}_ACCOUNT_{numbers[each.party]}"
        lines |= {f"{prefix}_{name}": value for name, value in each.fields.items()}
    return lines
