"""Whop's deliveries: what happened becomes a signed message for every endpoint that wants it, and a line in its log.

The signature is the Standard Webhooks dialect with Whop's own key rule: the literal text of the whole secret. How a
delivery travels, and how often it is tried, is the business of `simulator.webhooks`.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from simulator.webhooks import Delivery, Sent
from simulator.whop.endpoints import Endpoint, Endpoints
from simulator.whop.habits import Habits
from simulator.whop.pages import Key
from simulator.whop.words import instant
from simulator.world.lives.till import tag
from simulator.world.luck import uniform

Row = dict[str, Any]
_SAYS_ACCOUNT = "2026-08-14"  # older pins, and none, say company_id
_TOO_OLD = timedelta(hours=1)
_KEPT = timedelta(days=30)


def signature(secret: str, *, message_id: str, timestamp: int, body: bytes) -> str:
    signed = b"%s.%d.%s" % (message_id.encode(), timestamp, body)
    return "v1," + base64.b64encode(hmac.digest(secret.encode(), signed, hashlib.sha256)).decode()


@dataclass(kw_only=True)
class Logged:
    """One delivery of one message to one endpoint."""

    id: str
    number: int
    endpoint: str
    event: str
    message_id: str
    body: bytes
    sent_at: int
    replayed_from: str | None = None
    status: int | None = None
    done: bool = False
    attempts: list[int | None] = field(default_factory=list)

    @property
    def key(self) -> Key:
        return self.sent_at, f"{self.number:09d}"

    @property
    def succeeded(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


class Telling:
    def __init__(
        self,
        *,
        seed: int,
        account_id: str,
        endpoints: Endpoints,
        post: Callable[[Delivery], None],
        wall_clock: Callable[[], datetime],
        habits: Callable[[], Habits],
        now: Callable[[], int],
    ) -> None:
        self._seed = seed
        self._account_id = account_id
        self._endpoints = endpoints
        self._post = post
        self._wall_clock = wall_clock
        self._habits = habits
        self._now = now
        self._told = 0
        self._second = (0, 0)  # the last that something was told of, and how often
        self.log: dict[str, Logged] = {}

    def tell(self, event: str, *, at: int, shape: Callable[[bool], tuple[Row, Row]]) -> None:
        """`shape(dated)` writes the object as it now stands, and as it stood before."""
        for endpoint in self._endpoints.all():
            if endpoint.enabled and event in endpoint.events:
                now, before = shape(endpoint.is_dated)
                changed = {name: before[name] for name in now if name != "updated_at" and now[name] != before[name]}
                envelope = self._envelope(endpoint, event, at, now)
                if changed and event.endswith(".updated"):
                    envelope["previous_attributes"] = changed
                self._send(endpoint, event, envelope)

    def _envelope(self, endpoint: Endpoint, event: str, at: int, data: Row) -> Row:
        pinned = endpoint.api_version_date
        return {
            "id": self._new_message_id(),
            "type": event,
            "api_version": "v1",
            "api_version_date": pinned,
            "timestamp": instant(at, nth=self._nth_of(at)),
            "account_id" if pinned is not None and pinned >= _SAYS_ACCOUNT else "company_id": self._account_id,
            "data": data,
        }

    def _nth_of(self, second: int) -> int:
        self._second = (second, self._second[1] + 1) if self._second[0] == second else (second, 0)
        return self._second[1]

    def _new_message_id(self) -> str:
        number, self._told = self._told, self._told + 1
        return tag("msg", self._seed, number)

    def _send(self, endpoint: Endpoint, event: str, envelope: Row, *, replayed_from: str | None = None) -> Logged:
        body = json.dumps(envelope, separators=(",", ":")).encode()
        logged = Logged(
            id=tag("whdel", self._seed, len(self.log)), number=len(self.log), endpoint=endpoint.id, event=event,
            message_id=envelope["id"], body=body, sent_at=self._now(), replayed_from=replayed_from,
        )  # fmt: skip
        self.log[logged.id] = logged
        habits, luck = self._habits(), len(self.log)
        expired = uniform(self._seed, "whop expired", luck) < habits.webhook_expired
        self._post(self._delivery(endpoint, logged, expired=expired))
        if uniform(self._seed, "whop forged", luck) < habits.webhook_forged:
            self._post(self._delivery(endpoint, logged, forged=True))
        return logged

    def _delivery(self, endpoint: Endpoint, logged: Logged, *, expired: bool = False, forged: bool = False) -> Delivery:
        timestamp = int((self._wall_clock() - (_TOO_OLD if expired else timedelta())).timestamp())
        secrets = [f"ws_retired_{number}" for number in range(self._habits().webhook_signatures - 1)]
        secrets.append("ws_somebody_elses" if forged else endpoint.secret)
        signatures = [
            signature(secret, message_id=logged.message_id, timestamp=timestamp, body=logged.body) for secret in secrets
        ]
        return Delivery(
            url=endpoint.url,
            body=logged.body,
            headers={
                "content-type": "application/json",
                "webhook-id": logged.message_id,
                "webhook-timestamp": str(timestamp),
                "webhook-signature": " ".join(signatures),
            },
            topic=f"{logged.event} {logged.id}",
        )

    def sample(self, endpoint: Endpoint, event: str, data: Row) -> Logged:
        """A message that nothing in the world stands behind."""
        return self._send(endpoint, event, self._envelope(endpoint, event, self._now(), data))

    def note(self, sent: Sent) -> None:
        """What became of a delivery; kept in the endpoint's log and its count of failures."""
        logged = self.log.get(sent.delivery.topic.rpartition(" ")[2])
        if logged is None:
            return
        logged.attempts += sent.statuses
        logged.status, logged.done = sent.statuses[-1], True
        for endpoint in self._endpoints.all():
            if endpoint.id != logged.endpoint:
                continue
            if logged.succeeded:
                endpoint.accepted()
            else:
                endpoint.failed(logged.sent_at)

    def replay(self, endpoint: Endpoint, logged: Logged, *, new_id: bool) -> Logged:
        """The same message again, under its own id unless a new one is asked for."""
        envelope = json.loads(logged.body)
        if new_id:
            envelope["id"] = self._new_message_id()
        return self._send(endpoint, logged.event, envelope, replayed_from=logged.id)

    def replayable(
        self, endpoint: Endpoint, *, since: int, until: int, events: list[str] | None, failed_only: bool
    ) -> list[Logged]:
        """The newest delivery of each message of a stretch of time, of the last thirty days at most."""
        oldest = max(since, self._now() - int(_KEPT.total_seconds()))
        newest = {
            each.message_id: each
            for each in self.log.values()
            if each.endpoint == endpoint.id
            and oldest <= each.sent_at <= until
            and (events is None or each.event in events)
        }
        return [each for each in newest.values() if not failed_only or (each.done and not each.succeeded)]

    def of_endpoint(self, endpoint: Endpoint) -> list[Logged]:
        return [each for each in self.log.values() if each.endpoint == endpoint.id and each.done]

    def shape(self, logged: Logged) -> Row:
        return {
            "id": logged.id,
            "resource_id": self._account_id,
            "event": logged.event,
            "replayed_from": logged.replayed_from,
            "request_body": json.loads(logged.body),
            "response_body": None,
            "response_code": logged.status or 0,
            "success": logged.succeeded,
            "total_time": 0.05,
            "sent_at": instant(logged.sent_at),
        }
