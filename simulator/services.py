"""The parties that are not ad platforms, and the made-up keys by which they know their caller.

One key for each, a function of the seed; worth nothing outside the practice world.
"""

from dataclasses import dataclass, field

from simulator.world.lives.till import tag
from simulator.world.luck import key_of


@dataclass(frozen=True, kw_only=True)
class ServiceKeys:
    whop_account_id: str
    whop_app_id: str
    whop_api_key: str = field(repr=False)
    claude_api_key: str = field(repr=False)
    rewards_key: str = field(repr=False)
    slack_path: str = field(repr=False)  # the address is the secret
    mail_user: str
    mail_password: str = field(repr=False)
    mail_api_key: str = field(repr=False)
    mail_webhook_secret: str = field(repr=False)  # `whsec_` and base64, as svix writes them


def service_keys(seed: int) -> ServiceKeys:
    def made(*parts: str) -> str:
        return f"{key_of(seed, 'service', *parts):016x}{key_of(seed, 'service', *parts, 'more'):016x}"

    return ServiceKeys(
        whop_account_id=tag("biz", seed),
        whop_app_id=tag("app", seed),
        whop_api_key=f"apik_practice_{made('whop')}",
        claude_api_key=f"sk-ant-practice-{made('claude')}",
        rewards_key=f"rwd_practice_{made('rewards')}",
        mail_user="weir",
        mail_password=f"practice-{made('mail')}",
        mail_api_key=f"re_practice_{made('mail api')}",
        mail_webhook_secret=f"whsec_{made('mail webhooks')}",
        slack_path=f"/services/T{made('slack team')[:8]}/B{made('slack channel')[:8]}/{made('slack')[:24]}",
    )


def whop_webhook_secret(seed: int, number: int) -> str:
    """The secret of the first webhook endpoint that is made (0), of the second …"""
    return "ws_" + "".join(f"{key_of(seed, 'webhook secret', number, part):016x}" for part in range(4))


def services_environment(seed: int, *, base_url: str) -> dict[str, str]:
    """Addresses and keys by the names under which Weir's environment knows them."""
    keys = service_keys(seed)
    return {
        "WHOP_BASE_URL": base_url,
        "WHOP_ACCOUNT_1_ID": keys.whop_account_id,
        "WHOP_ACCOUNT_1_KEY": keys.whop_api_key,
        "WEIR_COLLECTOR_WHOP_SECRET": whop_webhook_secret(seed, 0),
        "WEIR_COLLECTOR_MAIL_SECRET": keys.mail_webhook_secret,
        "ANTHROPIC_BASE_URL": base_url,
        "ANTHROPIC_API_KEY": keys.claude_api_key,
        "RESEND_BASE_URL": base_url,
        "RESEND_API_KEY": keys.mail_api_key,
        "SLACK_WEBHOOK_URL": f"{base_url}{keys.slack_path}",
        "MARKETS_ACCOUNT_1_ID": "practice",
        "MARKETS_ACCOUNT_1_FX_RATES_URL": f"{base_url}/markets/fx_rates.csv?since={{since}}&until={{until}}",
        "MARKETS_ACCOUNT_1_PRICES_URL": f"{base_url}/markets/prices.json?since={{since}}&until={{until}}",
        "REWARDS_BASE_URL": base_url,
        "REWARDS_KEY": keys.rewards_key,
    }
