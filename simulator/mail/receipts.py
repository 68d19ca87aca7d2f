"""What a mail provider tells its customer: each reaction as a webhook in the svix dialect, signed with `whsec_…`."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from simulator.mail.letters import Letter
from simulator.mail.reactions import Reaction
from simulator.webhooks import Delivery
from simulator.world.lives.till import tag

KINDS = ("delivered", "bounced", "opened", "clicked", "complained", "unsubscribed", "received")


def svix_signature(secret: str, *, message_id: str, timestamp: int, body: bytes) -> str:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = b"%s.%d.%s" % (message_id.encode(), timestamp, body)
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


class Receipts:
    """Silent until somebody says where receipts go."""

    def __init__(
        self, *, seed: int, secret: str, post: Callable[[Delivery], None], wall_clock: Callable[[], datetime]
    ) -> None:
        self._seed = seed
        self._secret = secret
        self._post = post
        self._wall_clock = wall_clock
        self._told = 0
        self.url: str | None = None
        self.kinds: tuple[str, ...] = KINDS

    def tell(self, letter: Letter, reaction: Reaction) -> None:
        kind = "received" if reaction.kind == "replied" else reaction.kind
        if self.url is None or kind not in self.kinds:
            return
        number, self._told = self._told, self._told + 1
        message_id = tag("msg", self._seed, "mail", number)
        body = json.dumps(_event(kind, letter, reaction), ensure_ascii=False, separators=(",", ":")).encode()
        timestamp = int(self._wall_clock().timestamp())
        signature = svix_signature(self._secret, message_id=message_id, timestamp=timestamp, body=body)
        self._post(
            Delivery(
                url=self.url,
                body=body,
                headers={
                    "content-type": "application/json",
                    "svix-id": message_id,
                    "svix-timestamp": str(timestamp),
                    "svix-signature": signature,
                },
                topic=f"email.{kind}",
            )
        )


def _event(kind: str, letter: Letter, reaction: Reaction) -> dict[str, Any]:
    data: dict[str, Any] = {
        "email_id": letter.id,
        "message_id": letter.headers.get("Message-ID"),
        "created_at": _written(letter.at),
        "from": letter.sender,
        "to": [reaction.recipient],
        "subject": letter.subject,
        "tags": dict(letter.tags),
    }
    match kind:
        case "clicked":
            data["click"] = {"link": reaction.detail, "timestamp": _written(reaction.at)}
        case "bounced":
            data["bounce"] = {"type": "Permanent", "subType": "General", "message": reaction.detail}
        case "received":
            data |= {"from": reaction.recipient, "to": [letter.sender], "subject": f"Re: {letter.subject}"}
            data["text"] = reaction.detail
    return {"type": f"email.{kind}", "created_at": _written(reaction.at), "data": data}


def _written(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
