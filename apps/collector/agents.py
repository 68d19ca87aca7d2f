"""What kind of program a visitor uses, by the words of its user agent: enough to count robots apart from people."""

import re

_BOT = re.compile(
    r"bot\b|bot/|crawl|spider|slurp|preview|facebookexternalhit|whatsapp|telegrambot|embedly|monitor|headless|lighthouse"
    r"|curl/|wget/|python-|httpx|okhttp|go-http-client|java/|libwww|axios|node-fetch|scrapy",
    re.IGNORECASE,
)
_TABLET = re.compile(r"ipad|tablet|kindle|silk/|android(?!.*mobile)", re.IGNORECASE)
_PHONE = re.compile(r"iphone|ipod|mobile|android|windows phone", re.IGNORECASE)


def agent_class(user_agent: str) -> str:
    """bot, phone, tablet or computer. Who does not say what they are counts as a bot."""
    if not user_agent.strip() or _BOT.search(user_agent):
        return "bot"
    if _TABLET.search(user_agent):
        return "tablet"
    return "phone" if _PHONE.search(user_agent) else "computer"
