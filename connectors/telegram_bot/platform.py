"""Telegram as the rest of Weir knows it: a channel is an account, its bot the credential, its ads managed by hand."""

from connectors.ad_platform import AccountRef, AdPlatformSpec, CredentialField, LookBack, Ports
from connectors.telegram_bot.client import BotClient
from connectors.telegram_bot.reports import TelegramReports
from connectors.telegram_bot.schemas import PARTY, SCHEMAS
from connectors.telegram_bot.sender import BotSender


def _reports(account: AccountRef, ports: Ports) -> TelegramReports:
    return TelegramReports(BotClient(account, ports))


def sender(account: AccountRef, ports: Ports) -> BotSender:
    """Writes as the channel's bot."""
    return BotSender(BotClient(account, ports))


PLATFORM = AdPlatformSpec(
    party=PARTY,
    title="Telegram",
    env_prefix="TELEGRAM",
    base_url="https://api.telegram.org",
    credentials=(
        CredentialField(suffix="ID", description="The channel: its -100… number, or @name."),
        CredentialField(
            suffix="BOT_TOKEN",
            description="Token of a bot that administers the channel; one bot a channel, as a bot has one stream.",
        ),
    ),
    look_back=LookBack(days=1, hot_days=1),  # nothing is restated
    schemas=SCHEMAS,
    reports=_reports,
    control=None,
)
