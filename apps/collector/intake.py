"""`POST /v1/events` and `/v1/touches`: who sends, how much, what is sound; answered once it is on disk.

Written straight against ASGI, as every event passes here. 202 means that each row of the batch is on disk: taken, or
refused by index with its reasons and kept for the quarantine.
"""

from collections.abc import Callable, Sequence
from urllib.parse import parse_qs

import orjson
from starlette.types import Receive, Scope, Send

from apps.collector.batch import Batch, read_batch
from apps.collector.body import Disconnected, header, media_type, read_body
from apps.collector.commits import GroupCommit, Lines, NotKept
from apps.collector.limits import Limits
from apps.collector.metrics import Metrics
from apps.collector.problems import Problem
from apps.collector.rate import Rates
from apps.collector.rules import Rules
from connectors.ad_platform import Clock
from connectors.landing.layout import Stream
from weir.sources import SOURCE_PREFIX, Source, find_source

PARTY = "product"
REFUSED = "refused"
_JSON = "application/json"
_PLAIN = "text/plain"  # what a browser may send to another site without asking first


class Intake:
    """The endpoint of one entity."""

    def __init__(
        self,
        rules: Rules,
        *,
        sources: Sequence[Source],
        commits: GroupCommit,
        limits: Limits,
        rates: Rates,
        metrics: Metrics,
        clock: Clock,
        monotonic: Callable[[], float],
    ) -> None:
        self._rules = rules
        self._sources = sources
        self._commits = commits
        self._limits = limits
        self._rates = rates
        self._metrics = metrics
        self._clock = clock
        self._monotonic = monotonic

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        method = scope["method"]
        if method == "OPTIONS":
            return await self._preflight(scope, send)
        cors: list[tuple[bytes, bytes]] = []
        try:
            if method != "POST":
                raise Problem(405, "method", f"{method} is not taken here", remedy="Send a POST.")
            source = self._source(scope)
            cors = _cors(source, scope)
            batch, started = await self._read(source, scope, receive)
            await self._keep(source, batch)
        except Problem as problem:
            self._metrics.count("refused", reason=problem.reason)
            response = problem.response()
            response.raw_headers.extend(cors)
            if problem.status == 405:
                response.headers["allow"] = "POST, OPTIONS"
            return await response(scope, receive, send)
        except Disconnected:
            return self._metrics.count("refused", reason="disconnected")
        self._metrics.count("accepted", batch.taken, source=source.name, entity=self._rules.entity)
        await _answer(send, 202, self._outcome(batch), cors)
        self._metrics.observe(self._monotonic() - started)

    async def _read(self, source: Source, scope: Scope, receive: Receive) -> tuple[Batch, float]:
        rate = source.events_per_second or self._limits.events_per_second
        name = f"{self._rules.entity} of {source.name}"
        wait = self._rates.seconds_to_wait(name, rate=rate)
        if wait:
            said = f"{source.name} may send {rate} {self._rules.entity} a second"
            raise Problem(429, "rate", said, remedy=f"Send the batch again in {wait} s.", retry_after=wait)
        allowed = (_JSON, _PLAIN) if source.is_browser else (_JSON,)
        if media_type(scope) not in allowed:
            said = f"the content type {media_type(scope)[:60]!r} is not read here"
            raise Problem(415, "content_type", said, remedy=f"Send {' or '.join(allowed)}.")
        body = await read_body(scope, receive, limits=self._limits)
        started = self._monotonic()
        batch = read_batch(body, rules=self._rules, now=self._clock(), limits=self._limits)
        self._rates.take(name, batch.taken + len(batch.refusals), rate=rate)
        return batch, started

    async def _keep(self, source: Source, batch: Batch) -> None:
        parts = []
        if batch.taken:
            stream = Stream(PARTY, self._rules.entity, source.name)
            parts.append(Lines(stream=stream, content=batch.content, rows=batch.taken))
        if batch.refusals:
            stream = Stream(PARTY, self._rules.entity, f"{source.name}.{REFUSED}")
            parts.append(Lines(stream=stream, content=batch.refused_content, rows=len(batch.refusals)))
            self._metrics.count("quarantined", len(batch.refusals), source=source.name, entity=self._rules.entity)
        try:
            await self._commits.keep(*parts)
        except NotKept as error:
            raise not_kept(error) from None

    def _outcome(self, batch: Batch) -> bytes:
        if not batch.refusals:
            return b'{"accepted":%d,"refused":[]}' % batch.taken
        refused = [refusal.told(self._rules.id_column) for refusal in batch.refusals]
        return orjson.dumps({"accepted": batch.taken, "refused": refused})

    def _source(self, scope: Scope) -> Source:
        """Whose key it is. A secret in the address would end up in logs: only a public key may be there."""
        scheme, _, given = header(scope, b"authorization").partition(" ")
        key, in_address = given.strip(), False
        if scheme.lower() != "bearer":
            key, in_address = _key_in_address(scope), True
        source = find_source(self._sources, key) if key else None
        if source is None or (in_address and not source.is_browser):
            raise Problem(
                401,
                "key",
                "no key that is known here came with the request",
                remedy=f"Send the key set in {SOURCE_PREFIX}<NAME>_KEY in the header Authorization: Bearer.",
            )
        if source.is_browser and header(scope, b"origin") not in source.origins:
            raise Problem(
                403,
                "origin",
                f"the key of {source.name} counts on its own sites only",
                remedy=f"Add the site to {source.variable('ORIGINS')}, or use a server's key.",
            )
        return source

    async def _preflight(self, scope: Scope, send: Send) -> None:
        """A browser asks before it sends JSON or a key in a header; only sites that are listed get a yes."""
        origin = header(scope, b"origin")
        source = next((each for each in self._sources if origin in each.origins), None)
        if source is None:
            await _answer(send, 204, b"", [(b"allow", b"POST, OPTIONS"), (b"vary", b"Origin")])
            return
        allowed = [
            (b"access-control-allow-methods", b"POST"),
            (b"access-control-allow-headers", b"authorization, content-type, content-encoding"),
            (b"access-control-max-age", b"86400"),
        ]
        await _answer(send, 204, b"", [*_cors(source, scope), *allowed])


def not_kept(error: NotKept) -> Problem:
    return Problem(
        503, "not_kept", f"nothing was kept: {error}", remedy="Send the same batch again shortly.", retry_after=2
    )


def _key_in_address(scope: Scope) -> str:
    try:
        return parse_qs(scope["query_string"].decode("ascii"), max_num_fields=20).get("key", [""])[0]
    except ValueError:
        return ""


def _cors(source: Source, scope: Scope) -> list[tuple[bytes, bytes]]:
    if not source.is_browser:
        return []
    return [(b"access-control-allow-origin", header(scope, b"origin").encode("latin-1")), (b"vary", b"Origin")]


async def _answer(send: Send, status: int, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    about = [(b"content-length", str(len(body)).encode())] if status != 204 else []
    if body:
        about += [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": [*about, *headers]})
    await send({"type": "http.response.body", "body": body})
