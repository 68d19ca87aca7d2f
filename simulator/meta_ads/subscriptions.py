"""Who is told about changes: an app subscribes a callback, which answers a challenge, and accounts subscribe the app.

What a notification looks like is in `simulator.meta_ads.webhooks`; the world sends it.
"""

import secrets
from dataclasses import dataclass
from typing import Any

import httpx

from simulator.meta_ads import webhooks
from simulator.meta_ads.access import PARTY
from simulator.meta_ads.errors import GraphError, invalid, unknown_token
from simulator.meta_ads.request import GraphRequest
from simulator.webhooks import Delivery
from simulator.world.model import AdAccount, Door

_CHALLENGE_SECONDS = 5.0


@dataclass(frozen=True, kw_only=True)
class Subscription:
    app_id: str
    app_secret: str
    callback_url: str
    verify_token: str
    fields: frozenset[str]


class Subscriptions:
    def __init__(self, door: Door) -> None:
        self._door = door
        self._by_app: dict[str, Subscription] = {}
        self._apps_of: dict[str, set[str]] = {}

    @staticmethod
    def concerns(request: GraphRequest) -> bool:
        return request.method == "POST" and request.path[1:] == ("subscriptions",)

    async def subscribe(self, request: GraphRequest) -> dict[str, Any]:
        """`POST /<app>/subscriptions` with the app's own token; kept once the callback has answered its challenge."""
        wanted = self._read(request)
        challenge = str(secrets.randbelow(10**10))
        query = webhooks.challenge(verify_token=wanted.verify_token, challenge=challenge)
        try:
            async with httpx.AsyncClient(timeout=_CHALLENGE_SECONDS) as client:
                answer = await client.get(wanted.callback_url, params=query)
        except (httpx.HTTPError, httpx.InvalidURL):
            raise _not_confirmed("The URL couldn't be reached.") from None
        if answer.status_code != 200 or answer.text != challenge:
            raise _not_confirmed("The response does not match challenge.")
        self._by_app[wanted.app_id] = wanted
        return {"success": True}

    def subscribe_account(self, account: AdAccount, request: GraphRequest) -> dict[str, Any]:
        app_id = request.text("app_id")
        if app_id is None:
            raise invalid("The parameter app_id is required", "app_id")
        self._apps_of.setdefault(account.id, set()).add(app_id)
        return {"success": True}

    def tell(self, account: AdAccount, field: str, value: dict[str, Any]) -> None:
        for app_id in self._apps_of.get(account.id, ()):
            subscription = self._by_app.get(app_id)
            if subscription is None or field not in subscription.fields:
                continue
            body = webhooks.notification(account_id=account.id, at=self._door.world.now(), field=field, value=value)
            signature = webhooks.signature(body, app_secret=subscription.app_secret)
            headers = {"Content-Type": "application/json", webhooks.SIGNATURE_HEADER: signature}
            self._door.post_webhook(
                Delivery(url=subscription.callback_url, body=body, headers=headers, topic=f"{PARTY} {field}")
            )

    def _read(self, request: GraphRequest) -> Subscription:
        app_id, _, app_secret = (request.token or "").partition("|")
        known = {one.fields.get("APP_SECRET") for one in self._door.credentials if one.party == PARTY}
        if app_id != request.path[0] or app_secret not in known:
            raise unknown_token()
        for name in ("object", "callback_url", "fields", "verify_token"):
            if request.text(name) is None:
                raise invalid(f"The parameter {name} is required", name)
        fields = frozenset(map(str, request.items("fields")))
        if request.text("object") != "ad_account" or not fields <= set(webhooks.FIELDS):
            raise invalid(f"object must be ad_account, fields among {', '.join(webhooks.FIELDS)}", "fields")
        return Subscription(
            app_id=app_id,
            app_secret=app_secret,
            callback_url=str(request.text("callback_url")),
            verify_token=str(request.text("verify_token")),
            fields=fields,
        )


def _not_confirmed(why: str) -> GraphError:
    return GraphError(f"(#2200) Callback verification failed with the following errors: {why}", code=2200)
