"""Platform fields as X takes them in a query: lists joined by commas, booleans in words, instants in UTC."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from connectors.x_ads.account_calendar import x_instant


def texts(extras: Mapping[str, Any]) -> dict[str, str]:
    return {name: text_of(value) for name, value in extras.items()}


def text_of(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return x_instant(value)
    return ",".join(str(each) for each in value) if isinstance(value, list | tuple) else str(value)
