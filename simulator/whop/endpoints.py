"""Webhook endpoints at Whop: who wants to be told what, and the secret that is shown once."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from simulator.services import whop_webhook_secret
from simulator.whop.bodies import Body
from simulator.whop.pages import Key
from simulator.whop.refusals import invalid, not_found
from simulator.whop.words import instant
from simulator.world.lives.till import tag

EVENTS = (
    "payment.created",
    "payment.succeeded",
    "payment.failed",
    "payment.pending",
    "payment.requires_action",
    "payment.authorized",
    "payment.canceled",
    "membership.activated",
    "membership.deactivated",
    "membership.updated",
    "membership.trial_ending_soon",
    "membership.cancel_at_period_end_changed",
    "member.created",
    "member.updated",
    "refund.created",
    "refund.updated",
    "dispute.created",
    "dispute.updated",
    "dispute_alert.created",
)
_PATIENCE = 3 * 86_400  # seconds of nothing but failures


@dataclass(kw_only=True)
class Endpoint:
    id: str
    url: str
    events: tuple[str, ...]
    secret: str = field(repr=False)
    api_version_date: str | None
    enabled: bool
    created_at: int
    failures: int = 0  # deliveries in a row whose first attempt failed
    failing_since: int | None = None
    last_failure_at: int | None = None
    disabled_at: int | None = None

    @property
    def key(self) -> Key:
        return self.created_at, self.id

    @property
    def is_dated(self) -> bool:
        return self.api_version_date is not None

    def accepted(self) -> None:
        self.failures, self.failing_since = 0, None

    def failed(self, at: int) -> None:
        """Who takes nothing for three days is told nothing any more."""
        self.failures += 1
        self.failing_since = at if self.failing_since is None else self.failing_since
        self.last_failure_at = at
        if self.enabled and at - self.failing_since >= _PATIENCE:
            self.enabled, self.disabled_at = False, at


class Endpoints:
    def __init__(self, *, seed: int, account_id: str) -> None:
        self._seed = seed
        self._account_id = account_id
        self._made = 0
        self._endpoints: dict[str, Endpoint] = {}

    def all(self) -> list[Endpoint]:
        return list(self._endpoints.values())

    def find(self, id_: str) -> Endpoint:
        if id_ not in self._endpoints:
            raise not_found("webhook", id_)
        return self._endpoints[id_]

    def create(self, body: Body, *, at: int) -> Endpoint:
        number, self._made = self._made, self._made + 1
        endpoint = Endpoint(
            id=tag("hook", self._seed, number),
            url=_url(body.required_text("url")),
            events=_events(body.texts("events")) if body.says("events") else EVENTS,
            secret=whop_webhook_secret(self._seed, number),
            api_version_date=body.text("api_version_date", required=False),
            enabled=body.flag("enabled", default=True),
            created_at=at,
        )
        resource = body.text("resource_id", required=False)
        if resource is not None and resource != self._account_id:
            raise not_found("account", resource)
        self._endpoints[endpoint.id] = endpoint
        return endpoint

    def update(self, id_: str, body: Body) -> Endpoint:
        endpoint = self.find(id_)
        if body.says("url"):
            endpoint.url = _url(body.required_text("url"))
        if body.says("events"):
            endpoint.events = _events(body.texts("events"))
        if body.says("enabled"):
            endpoint.enabled, endpoint.disabled_at = body.flag("enabled"), None
            endpoint.accepted()
        if body.says("api_version_date"):
            endpoint.api_version_date = body.text("api_version_date", required=False)
        return endpoint

    def delete(self, id_: str) -> dict[str, Any]:
        del self._endpoints[self.find(id_).id]
        return {"deleted": True, "id": id_}

    def shape(self, endpoint: Endpoint, *, whole: bool, secret: bool = False) -> dict[str, Any]:
        told: dict[str, Any] = {
            "id": endpoint.id,
            "url": endpoint.url,
            "enabled": endpoint.enabled,
            "events": list(endpoint.events),
            "api_version": "v1",
            "api_version_date": endpoint.api_version_date,
            "child_resource_events": False,
            "resource_id": self._account_id,
            "consecutive_failures": endpoint.failures,
            "failing_since": instant(endpoint.failing_since),
            "last_failure_at": instant(endpoint.last_failure_at),
            "disabled_at": instant(endpoint.disabled_at),
            "disabled_reason": None if endpoint.disabled_at is None else "delivery_failures",
            "webhook_secret": endpoint.secret if secret else None,
            "created_at": instant(endpoint.created_at),
        }
        return told | ({"testable_events": list(EVENTS)} if whole else {})


def _url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise invalid("url must be an absolute http(s) URL", param="url")
    return text


def _events(names: list[str] | None) -> tuple[str, ...]:
    unknown = [name for name in names or [] if name not in EVENTS]
    if unknown or not names:
        raise invalid(f"events must be a list of known events; unknown: {', '.join(unknown) or 'none'}", param="events")
    return tuple(names)
