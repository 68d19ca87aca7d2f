"""The one HTTP layer of every connector: sends a call, has its party judge the answer, and keeps the retry rules.

What to do about a class of failure is decided here, once: back off, wait, hand a too large question back, or rise.
What a party's answer means is said by its `judge`, how a call is signed by its `authorise`; both live with the party.
"""

import json
import logging
import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import httpx

from connectors.ad_platform import Clock, DayWindow, Sleep
from connectors.taxonomy import (
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Said,
    SplitRequest,
    TransientError,
)

T = TypeVar("T")

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
TIMEOUT_SECONDS = 60.0  # how long one answer may take
_NOTHING_WAS_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request to a party. At most one of `form`, `json_body` and `content` is its body.

    `writes` says whether the call changes something: by default every method but GET, HEAD and OPTIONS does. A POST
    that only asks (a report job) is given `writes=False`, which makes it safe to repeat.
    """

    method: str
    path: str  # joined to the transport's base URL; an absolute http(s) URL is taken as it is
    params: Mapping[str, str] | Sequence[tuple[str, str]] = ()
    form: Mapping[str, str] | None = None
    json_body: Any = None
    content: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    writes: bool | None = None
    authorised: bool = True  # False: sent without credentials (signed download links)
    label: str | None = None  # what messages call it; give one whenever the path itself holds a secret
    timeout_seconds: float | None = None

    @property
    def may_change_something(self) -> bool:
        return self.method.upper() not in _SAFE_METHODS if self.writes is None else self.writes

    @property
    def name(self) -> str:
        """Method and path for messages, without the query string: tokens live there."""
        return self.label or f"{self.method.upper()} {httpx.URL(self.path).path.strip('/')}"


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What came back, before anyone has judged it."""

    party: str
    account_id: str | None
    call: Call
    status: int
    headers: httpx.Headers
    body: bytes
    received_at: datetime  # by the transport's clock: what resets stated as instants are measured from
    redact: Callable[[str], str]

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", errors="replace")

    def said(self, message: str, *, code: str | None = None) -> Said:
        """The party's words for an error of the taxonomy, with this account's secrets taken out."""
        return Said(
            party=self.party,
            call=self.call.name,
            status=self.status,
            code=code,
            message=self.redact(message),
            account_id=self.account_id,
        )

    def json(self) -> Any:
        """The parsed body. Anything that is not JSON is a `TransientError` that says what came instead."""
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise TransientError(self.said(f"expected JSON but got {self.describe_body()}")) from error

    def describe_body(self) -> str:
        """A short, redacted description of an unreadable body, fit for an error message."""
        if not self.body.strip():
            return "an empty body"
        start = " ".join(self.text.split())[:80]
        if start.lstrip().startswith("<"):
            return f"an HTML page ({len(self.body)} bytes, starting {self.redact(start)!r})"
        return f"malformed or cut-off text ({len(self.body)} bytes, starting {self.redact(start)!r})"

    def retry_after_seconds(self) -> float | None:
        """The standard `Retry-After` header, in either of its forms; None when it is absent or unreadable."""
        stated = self.headers.get("retry-after", "").strip()
        if not stated:
            return None
        try:
            return max(0.0, float(stated))
        except ValueError:
            pass
        try:
            return max(0.0, (parsedate_to_datetime(stated) - self.received_at).total_seconds())
        except (ValueError, TypeError):
            return None


Authorise = Callable[[httpx.Request], None]  # adds credentials to the request as it will go out; runs once per attempt
Judge = Callable[[Reply], Any]  # returns what the answer holds or raises an error of the taxonomy
Watch = Callable[[Reply], "Pause | None"]  # sees every answer before it is judged: throttle headers


@dataclass(frozen=True, kw_only=True)
class Pause:
    """A rest a party's headers ask for. It is taken before the next call, so that no answer in hand is put at risk."""

    seconds: float
    why: str


@dataclass(frozen=True, kw_only=True)
class RetryPolicy:
    """How patient we are. Attempts and backoff bound one call, `max_total_wait_seconds` the whole run."""

    attempts: int = 6
    first_backoff_seconds: float = 1.0
    max_backoff_seconds: float = 60.0
    unstated_wait_seconds: float = 60.0  # when a party says "slow down" without saying for how long
    max_total_wait_seconds: float = 3600.0  # stated waits of one run added up; beyond it the work is deferred


@dataclass(frozen=True, kw_only=True)
class Usage:
    """What a run has cost so far, for its metadata."""

    requests: int = 0
    retries: int = 0
    waits: int = 0
    waited_seconds: float = 0.0  # stated waits and pauses only, backoff not counted


class Transport:
    """Speaks for one account of one party. Reads are retried; a write is repeated only when it cannot have happened.

    - `TransientError`: exponential backoff with full jitter, `policy.attempts` attempts, then it rises.
    - `RateLimited`: waits as long as the party states, for reads and writes alike (a refused write did not happen),
      until the run's waiting is used up; then it rises, and the work is deferred to a later run.
    - `SplitRequest` and every permanent error rise at once.
    - A write whose answer is lost, unreadable or a server failure raises `OutcomeUnknown`.
    """

    def __init__(
        self,
        *,
        party: str,
        account_id: str | None,
        base_url: str,
        authorise: Authorise,
        judge: Judge,
        clock: Clock,  # real time
        sleep: Sleep,
        rng: random.Random,
        client: httpx.Client | None = None,
        timeout_seconds: float = TIMEOUT_SECONDS,
        policy: RetryPolicy | None = None,
        secrets: Iterable[str] = (),
        watch: Watch = lambda reply: None,
        on_progress: Callable[[str], None] = lambda message: None,
    ) -> None:
        self.party = party
        self.account_id = account_id
        self.usage = Usage()
        self.policy = policy or RetryPolicy()
        self._base_url = base_url.rstrip("/")
        self._authorise = authorise
        self._judge = judge
        self._watch = watch
        self._clock = clock
        self._sleep = sleep
        self._rng = rng
        self._client = client or new_client(timeout_seconds=timeout_seconds)
        self._secrets = tuple(sorted((secret for secret in secrets if secret), key=len, reverse=True))
        self._on_progress = on_progress
        self._owed: Pause | None = None

    def send(self, call: Call) -> Any:
        """The judged answer of one call, after as many attempts and waits as the rules allow."""
        failures = 0
        while True:
            try:
                return self._attempt(call)
            except RateLimited as error:
                self._wait_as_told(error)
            except SplitRequest:
                raise
            except TransientError:
                failures += 1
                if failures >= self.policy.attempts:
                    raise
                self.back_off(failures)
            self.usage = replace(self.usage, retries=self.usage.retries + 1)

    def pause(self, seconds: float, *, why: str) -> None:
        """Waits ahead of a limit (a throttle header, a quota window); counts against the run's waiting."""
        said = Said(party=self.party, call="pause", message=why, account_id=self.account_id)
        self._wait_as_told(RateLimited(said, wait_seconds=seconds))

    def back_off(self, failures: int) -> None:
        """Sleeps after the n-th failure in a row: anything from nothing to base x 2^(n-1), capped ("full jitter")."""
        ceiling = min(self.policy.max_backoff_seconds, self.policy.first_backoff_seconds * 2.0 ** (failures - 1))
        self._sleep(self._rng.uniform(0.0, ceiling))

    def redact(self, text: str) -> str:
        """The text without this account's secrets, in case a party echoes one."""
        for secret in self._secrets:
            text = text.replace(secret, "[redacted]")
        return text

    def _attempt(self, call: Call) -> Any:
        if self._owed is not None:
            self.pause(self._owed.seconds, why=self._owed.why)
            self._owed = None
        reply = self._exchange(call)
        self._owed = self._watch(reply)
        try:
            return self._judge(reply)
        except RateLimited:
            self._owed = None  # the refusal states the wait; the headers beside it would make us wait twice
            raise
        except SplitRequest:
            raise
        except TransientError as error:
            if not call.may_change_something:
                raise
            raise OutcomeUnknown(error.said) from error

    def _exchange(self, call: Call) -> Reply:
        request = self._request(call)
        self.usage = replace(self.usage, requests=self.usage.requests + 1)
        try:
            response = self._client.send(request)
        except (httpx.UnsupportedProtocol, httpx.LocalProtocolError) as error:
            raise Rejected(self._said(call, "this address cannot be called"), remedy=_CHECK_ADDRESS) from error
        except _NOTHING_WAS_SENT as error:
            raise TransientError(self._said(call, "could not connect")) from error
        except httpx.RequestError as error:
            what = "no answer in time" if isinstance(error, httpx.TimeoutException) else "the connection broke"
            said = self._said(call, f"{what} ({type(error).__name__})")
            raise (OutcomeUnknown(said) if call.may_change_something else TransientError(said)) from error
        return Reply(
            party=self.party,
            account_id=self.account_id,
            call=call,
            status=response.status_code,
            headers=response.headers,
            body=response.content,
            received_at=self._clock(),
            redact=self.redact,
        )

    def _request(self, call: Call) -> httpx.Request:
        absolute = call.path.startswith(("http://", "https://"))
        extras: dict[str, Any] = {}
        if call.params:  # handed over only when there are any: an empty value would strip a link's own query
            pairs = call.params.items() if isinstance(call.params, Mapping) else call.params
            extras["params"] = list(pairs)
        if call.timeout_seconds is not None:
            extras["timeout"] = call.timeout_seconds
        try:
            request = self._client.build_request(
                call.method,
                call.path if absolute else f"{self._base_url}/{call.path.lstrip('/')}",
                data=dict(call.form) if call.form is not None else None,
                json=call.json_body,
                content=call.content,
                headers=dict(call.headers),
                **extras,
            )
        except httpx.InvalidURL as error:
            raise Rejected(self._said(call, "this address cannot be called"), remedy=_CHECK_ADDRESS) from error
        if call.authorised and self._is_ours(request.url):
            self._authorise(request)
        return request

    def _is_ours(self, url: httpx.URL) -> bool:
        """Credentials go to the party's own address only, whatever link an answer holds."""
        base = httpx.URL(self._base_url)
        return (url.scheme, url.host, url.port) == (base.scheme, base.host, base.port)

    def _wait_as_told(self, error: RateLimited) -> None:
        stated = self.policy.unstated_wait_seconds if error.wait_seconds is None else error.wait_seconds
        seconds = max(1.0, stated)  # a stated zero must not turn into a busy loop
        if self.usage.waited_seconds + seconds > self.policy.max_total_wait_seconds:
            raise error
        self._on_progress(f"{self.party}: waiting {seconds:.0f} s ({error.said.call}: {error.said.message})")
        self._sleep(seconds)
        self.usage = replace(self.usage, waits=self.usage.waits + 1, waited_seconds=self.usage.waited_seconds + seconds)

    def _said(self, call: Call, message: str) -> Said:
        return Said(party=self.party, call=call.name, message=message, account_id=self.account_id)


_CHECK_ADDRESS = "Check the base URL in the environment: it must start with http:// or https:// and name a host."


def new_client(*, timeout_seconds: float = TIMEOUT_SECONDS) -> httpx.Client:
    """An HTTP client with this project's habits: no redirects, short-lived idle connections, no addresses in logs."""
    _keep_addresses_out_of_logs()
    return httpx.Client(
        timeout=httpx.Timeout(timeout_seconds, connect=10.0),
        # Idle connections are dropped before servers do (uvicorn: 5 s), so a write never meets a dead one.
        limits=httpx.Limits(max_connections=10, max_keepalive_connections=10, keepalive_expiry=2.0),
        follow_redirects=False,
        trust_env=True,
    )


def split_on_demand(
    window: DayWindow,
    fetch: Callable[[DayWindow], Iterable[T]],
    *,
    back_off: Callable[[int], None],
    attempts: int = 3,
) -> Iterator[T]:
    """The rows of a window, asked for in halves wherever the party wants a smaller question; days stay in order.

    Each answer is complete before its first row is handed on, so a half that is asked again repeats nothing. A single
    day cannot be halved: its refusal counts as transient, is tried `attempts` times in all, and then rises.
    """
    days = (window.until - window.since).days
    for failures in range(1, attempts + 1):
        try:
            rows = list(fetch(window))
            break
        except SplitRequest:
            if days > 1:
                middle = window.since + timedelta(days=days // 2)
                for half in (DayWindow(window.since, middle), DayWindow(middle, window.until)):
                    yield from split_on_demand(half, fetch, back_off=back_off, attempts=attempts)
                return
            if failures == attempts:
                raise
            back_off(failures)
    yield from rows


class _WithoutAddresses(logging.Filter):
    """httpx logs every address it calls, query and path included; tokens live in both."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(
                f"{arg.scheme}://{arg.host}/[redacted]" if isinstance(arg, httpx.URL) else arg for arg in record.args
            )
        return True


def _keep_addresses_out_of_logs() -> None:
    logger = logging.getLogger("httpx")
    if not any(isinstance(present, _WithoutAddresses) for present in logger.filters):
        logger.addFilter(_WithoutAddresses())


def not_found(reply: Reply) -> NotFound:
    """A bare 404 of any shape, HTML included."""
    return NotFound(reply.said(f"not found; the answer was {reply.describe_body()}"))
