"""Fetches rates and prices: the answer is read like a file that somebody brings, in whatever notation it comes.

The address may hold a key of its publisher, so it never reaches a message.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from urllib.parse import urlsplit

import httpx

from connectors.account_transport import account_transport
from connectors.ad_platform import AccountProfile, AccountRef, Ask, DayWindow, Ports, Reports, Row
from connectors.asking import Question
from connectors.landing.brought_file import UnreadableFile, read_brought
from connectors.landing.layout import PROBLEM
from connectors.markets.schemas import SCHEMAS
from connectors.taxonomy import AuthExpired, NotFound, PermissionDenied, RateLimited, Rejected, Said, TransientError
from connectors.transport import Call, Reply, Transport

_CORRECT = "Check the address in the environment: it must answer with the columns that docs/files.md lists."
_REFUSALS = {401: AuthExpired, 403: PermissionDenied, 404: NotFound}


def questions(account: AccountRef, ports: Ports) -> Sequence[Question]:
    """Whatever an address is set for. A day that an answer leaves out keeps the rate that it has."""
    return [
        Question(schema=schema, by_days=True, is_complete=False)
        for schema in SCHEMAS
        if ports.secret(_variable(account, schema.entity)) is not None
    ]


class MarketsReports(Reports):
    def __init__(self, account: AccountRef, ports: Ports) -> None:
        self._account = account
        self._ports = ports
        self._transports: list[Transport] = []

    def profile(self) -> AccountProfile:
        """Every address is tried with the last two days: nothing else says whether it works."""
        asked = questions(self._account, self._ports)
        if not asked:
            names = " or ".join(_variable(self._account, schema.entity) for schema in SCHEMAS)
            raise Rejected(self._said("set up", "no address is set"), remedy=f"Set {names} in the environment.")
        today = self._ports.clock().date()
        window = DayWindow(today - timedelta(days=1), today + timedelta(days=1))
        for question in asked:
            next(self.rows(Ask(entity=question.schema.entity, window=window)), None)
        name = self._account.account_id
        return AccountProfile(account_id=name, name=name, currency=None, timezone="UTC")

    def rows(self, ask: Ask) -> Iterator[Row]:
        schema = next(schema for schema in SCHEMAS if schema.entity == ask.entity)
        template = self._ports.secret(_variable(self._account, ask.entity))
        if template is None or ask.window is None:
            raise Rejected(self._said(ask.entity, "no address or no days to ask for"))
        window = ask.window
        address = template.replace("{since}", window.since.isoformat()).replace("{until}", window.until.isoformat())
        content = self._transport(address).send(Call(method="GET", path=address, label=f"GET {ask.entity}"))
        try:
            yield from map(_row, read_brought(BytesIO(content), schema).lines)
        except UnreadableFile as error:
            raise Rejected(self._said(f"GET {ask.entity}", str(error)), remedy=_CORRECT) from error

    def requests_made(self) -> int:
        return sum(transport.usage.requests for transport in self._transports)

    def _transport(self, address: str) -> Transport:
        """The token goes to the address's own host only."""
        account, ports = self._account, self._ports
        token = ports.secret(f"{account.credential_prefix}_TOKEN")

        def authorise(request: httpx.Request) -> None:
            if token is not None:
                request.headers["Authorization"] = f"Bearer {token}"

        parts = urlsplit(address)
        self._transports.append(
            account_transport(
                account,
                replace(ports, base_url=f"{parts.scheme}://{parts.netloc}"),
                authorise=authorise,
                judge=_judge,
                secrets=[each for each in (token, address) if each],
            )
        )
        return self._transports[-1]

    def _said(self, call: str, message: str) -> Said:
        return Said(party=self._account.party, call=call, message=message, account_id=self._account.account_id)


def _row(line: str) -> Row:
    try:
        row = json.loads(line)
    except ValueError:
        row = None
    return row if isinstance(row, dict) else {PROBLEM: "the answer's line is not a JSON object", "text": line}


def _judge(reply: Reply) -> bytes:
    if reply.status == 429:
        raise RateLimited(reply.said("too many requests"), wait_seconds=reply.retry_after_seconds())
    if reply.status >= 500 or reply.status == 408:
        raise TransientError(reply.said(f"server error; the answer was {reply.describe_body()}"))
    if reply.status != 200:
        raise _REFUSALS.get(reply.status, Rejected)(reply.said(f"the answer was {reply.describe_body()}"))
    return reply.body


def _variable(account: AccountRef, entity: str) -> str:
    return f"{account.credential_prefix}_{entity.upper()}_URL"
