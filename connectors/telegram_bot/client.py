"""Calls to the Bot API for one channel's bot. The token is part of every address, so a call is named by its method."""

import random
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import httpx

from connectors.account_transport import account_transport
from connectors.ad_platform import AccountRef, Ports
from connectors.taxonomy import AuthExpired, Said
from connectors.telegram_bot.judging import judge
from connectors.transport import Call, RetryPolicy


class BotClient:
    def __init__(
        self,
        account: AccountRef,
        ports: Ports,
        *,
        policy: RetryPolicy | None = None,
        client: httpx.Client | None = None,
        rng: random.Random | None = None,
    ) -> None:
        self.chat_id = account.account_id
        self._party = account.party
        self._business_clock = ports.clock
        token = ports.secret(f"{account.credential_prefix}_BOT_TOKEN")
        if not token:
            said = Said(party=account.party, call="sign in", account_id=account.account_id, message="no token is set")
            raise AuthExpired(said, remedy=f"Set {account.credential_prefix}_BOT_TOKEN in the environment.")
        self._address = f"bot{token}"
        self.transport = account_transport(
            account,
            ports,
            authorise=lambda request: None,
            judge=judge,
            secrets=(token,),
            policy=policy,
            client=client,
            rng=rng,
        )

    def now(self) -> datetime:
        return self._business_clock()

    def ask(self, method: str, body: Mapping[str, Any] | None = None) -> Any:
        """A question: safe to repeat."""
        return self.transport.send(self._call(method, json_body=dict(body or {}), writes=False))

    def tell(self, method: str, body: Mapping[str, Any]) -> Any:
        """Something that happens when it is said; a lost answer leaves open whether it did."""
        return self.transport.send(self._call(method, json_body=dict(body), writes=True))

    def tell_with_file(self, method: str, fields: Mapping[str, str], *, name: str, content: bytes) -> Any:
        parts = httpx.Request(
            "POST", "http://parts.invalid/", data=dict(fields), files={name: (f"{name}.jpg", content, "image/jpeg")}
        )
        headers = {"Content-Type": parts.headers["Content-Type"]}
        return self.transport.send(self._call(method, content=parts.read(), headers=headers, writes=True))

    def said(self, call: str, message: str) -> Said:
        return Said(party=self._party, call=call, message=message, account_id=self.chat_id)

    def _call(self, method: str, **how: Any) -> Call:
        return Call(method="POST", path=f"/{self._address}/{method}", label=method, **how)
