"""A letter as the practice mail server keeps it: what the envelope said, what the message says, and its tags.

Tags are read from headers `X-Tag-<Name>`, as mail providers take them over SMTP; they come back with every receipt.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import unescape
from typing import Any

_LINK = re.compile(r"https?://[^\s\"'<>)]+")
_ONE_CLICK = re.compile(r"<(https?://[^>]+)>")
_PREFIX = "x-tag-"


@dataclass(frozen=True, kw_only=True)
class Letter:
    id: str
    at: datetime  # virtual
    sender: str
    recipients: tuple[str, ...]
    subject: str
    text: str
    html: str
    headers: Mapping[str, str]
    tags: Mapping[str, str]
    links: tuple[str, ...]
    unsubscribe: str | None  # where RFC 8058 wants one click posted
    by_api: bool  # rather than over SMTP
    raw: bytes = field(repr=False)

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id, "at": self.at.isoformat(), "from": self.sender, "to": list(self.recipients),
            "subject": self.subject, "text": self.text, "html": self.html, "headers": dict(self.headers),
            "tags": dict(self.tags), "links": list(self.links), "unsubscribe": self.unsubscribe,
        }  # fmt: skip


def read_letter(id_: str, *, at: datetime, sender: str, recipients: Sequence[str], raw: bytes, by_api: bool) -> Letter:
    message = message_from_bytes(raw, policy=policy.default)
    text, html = _body(message, "plain"), _body(message, "html")
    headers = {name: str(value) for name, value in message.items()}
    unsubscribe = None
    if "one-click" in str(message.get("List-Unsubscribe-Post", "")).lower():
        found = _ONE_CLICK.search(str(message.get("List-Unsubscribe", "")))
        unsubscribe = found[1] if found else None
    links = dict.fromkeys(unescape(link).rstrip(".,;") for link in _LINK.findall(f"{text}\n{html}"))
    return Letter(
        id=id_,
        at=at,
        sender=sender,
        recipients=tuple(recipients),
        subject=str(message.get("Subject", "")),
        text=text,
        html=html,
        headers=headers,
        tags={
            name.lower().removeprefix(_PREFIX).replace("-", "_"): value
            for name, value in headers.items()
            if name.lower().startswith(_PREFIX)
        },
        links=tuple(link for link in links if link != unsubscribe and "unsubscribe" not in link.lower()),
        unsubscribe=unsubscribe,
        by_api=by_api,
        raw=raw,
    )


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    if part is None:
        return ""
    try:
        content = part.get_content()
    except LookupError:  # a character set that nobody knows
        return ""
    return content if isinstance(content, str) else ""
