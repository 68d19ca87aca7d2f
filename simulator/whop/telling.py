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

_TOO_OLD = timedelta(hours=1)
_KEPT = timedelta(days=30)


def signature(secret: str, *, message_id: str, timestamp: int, body: bytes) -> str:
    signed = b"%s.%d.%s" % (message_id.encode(), timestamp, body)
    return "v1," + base64.b64encode(hmac.digest(secret.encode(), signed, hashlib.sha256)).decode()


@dataclass(kw_only=True)
class Logged:
    """One delivery of one message to one endpoint."""

    id: str
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
        return self.sent_at, self.id

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
        self.log: dict[str, Logged] = {}

    def tell(self, event: str, *, at: int, previous: dict[str, Any], shape: Callable[[bool], dict[str, Any]]) -> None:
        """`shape(dated)` writes the object as it now stands."""
        for endpoint in self._endpoints.all():
            if endpoint.enabled and event in endpoint.events:
                self._send(endpoint, event, self._envelope(endpoint, event, at, previous, shape))

    def _envelope(
        self,
        endpoint: Endpoint,
        event: str,
        at: int,
        previous: dict[str, Any],
        shape: Callable[[bool], dict[str, Any]],
    ) -> dict[str, Any]:
        number, self._told = self._told, self._told + 1
        pinned = endpoint.api_version_date
        dated = pinned is not None
        envelope: dict[str, Any] = {
            "id": tag("msg", self._seed, number),
            "type": event,
            "api_version": "v1",
            "api_version_date": pinned,
            "timestamp": instant(at),
            "account_id" if dated and pinned >= "2026-08-14" else "company_id": self._account_id,
            "data": shape(dated),
        }
        return envelope | ({"previous_attributes": previous} if previous and event.endswith(".updated") else {})

    def _send(
        self, endpoint: Endpoint, event: str, envelope: dict[str, Any], *, replayed_from: str | None = None
    ) -> Logged:
        body = json.dumps(envelope, separators=(",", ":")).encode()
        logged = Logged(
            id=tag("whdel", self._seed, len(self.log)), endpoint=endpoint.id, event=event, message_id=envelope["id"],
            body=body, sent_at=self._now(), replayed_from=replayed_from,
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
        signed = {"message_id": logged.message_id, "timestamp": timestamp, "body": logged.body}
        others = [
            signature(f"ws_retired_{number}", **signed) for number in range(self._habits().webhook_signatures - 1)
        ]
        right = signature("ws_somebody_elses" if forged else endpoint.secret, **signed)
        return Delivery(
            url=endpoint.url,
            body=logged.body,
            headers={
                "content-type": "application/json",
                "webhook-id": logged.message_id,
                "webhook-timestamp": str(timestamp),
                "webhook-signature": " ".join([*others, right]),
            },
            topic=f"{logged.event} {logged.id}",
        )

    def sample(self, endpoint: Endpoint, event: str, data: dict[str, Any]) -> Logged:
        """A message that nothing in the world stands behind."""
        envelope = self._envelope(endpoint, event, self._now(), {}, lambda dated: data)
        return self._send(endpoint, event, envelope)

    def note(self, sent: Sent) -> None:
        """What became of a delivery; kept in the endpoint's log and its count of failures."""
        logged = self.log.get(sent.delivery.topic.rpartition(" ")[2])
        if logged is None:
            return
        logged.attempts += sent.statuses
        logged.status, logged.done = sent.statuses[-1], True
        endpoint = next((each for each in self._endpoints.all() if each.id == logged.endpoint), None)
        if endpoint is None:
            return
        if logged.succeeded:
            endpoint.failures, endpoint.failing_since = 0, None
        else:
            endpoint.failures += len(sent.statuses)
            endpoint.failing_since = endpoint.failing_since or logged.sent_at
            endpoint.last_failure_at = self._now()

    def replay(self, endpoint: Endpoint, logged: Logged, *, new_id: bool) -> Logged:
        """The same message again, under its own id unless a new one is asked for."""
        envelope = json.loads(logged.body)
        if new_id:
            number, self._told = self._told, self._told + 1
            envelope["id"] = tag("msg", self._seed, number)
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

    def shape(self, logged: Logged) -> dict[str, Any]:
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
