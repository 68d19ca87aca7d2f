"""Deliveries from the practice world to somebody's endpoint: queued, retried, and, if asked for, repeated or reordered.

A door writes the payload and signs it; this sender knows neither. Failures are retried with growing pauses, as real
senders do, and given up on after the last attempt.
"""

from collections import deque
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Condition, Thread
from time import sleep as really_sleep
from typing import Literal

import httpx

from simulator.world.luck import uniform

_PAUSES = (0.05, 0.2, 1.0)  # seconds before the second, third and fourth attempt; real senders wait minutes
_HELD_AT_MOST = 0.5  # seconds a reordered delivery waits for another one to overtake it


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One message as it goes over the wire. `headers` carry the signature, computed over exactly `body`."""

    url: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    topic: str = ""  # for the log: what the message is about


@dataclass(frozen=True, kw_only=True)
class Sent:
    """What became of one delivery. `statuses` holds every attempt's answer, None where none came."""

    delivery: Delivery
    statuses: tuple[int | None, ...]
    outcome: Literal["delivered", "given up"]


@dataclass
class Disorder:
    """Faults of a sender, as shares of its deliveries; both happen with real platforms."""

    duplicates: float = 0.0
    reordered: float = 0.0  # overtaken by the next delivery


class Webhooks:
    """`post` queues and returns at once. Inside `running` a thread sends; without it, `drain` does."""

    def __init__(
        self, *, seed: int, sleep: Callable[[float], None] = really_sleep, timeout_seconds: float = 5.0
    ) -> None:
        self._seed = seed
        self._sleep = sleep
        self._timeout = timeout_seconds
        self._queue: deque[Delivery] = deque()
        self._held: Delivery | None = None
        self._posted = 0
        self._busy = False
        self._stopped = False
        self._on_hold = False
        self._changed = Condition()
        self.disorder = Disorder()
        self.log: list[Sent] = []
        self.listeners: list[Callable[[Sent], None]] = []  # told what became of each delivery

    def post(self, delivery: Delivery) -> None:
        with self._changed:
            number, self._posted = self._posted, self._posted + 1
            if self._held is None and uniform(self._seed, "webhook reordered", number) < self.disorder.reordered:
                self._held = delivery
            else:
                self._queue.append(delivery)
                self._release()
            if uniform(self._seed, "webhook duplicate", number) < self.disorder.duplicates:
                self._queue.append(delivery)
            self._changed.notify_all()

    @property
    def on_hold(self) -> bool:
        return self._on_hold

    @on_hold.setter
    def on_hold(self, on_hold: bool) -> None:
        """While it is true everything waits, as before a receiver that is not there yet."""
        with self._changed:
            self._on_hold = on_hold
            self._changed.notify_all()

    @property
    def waiting(self) -> int:
        """How many are neither delivered nor given up yet."""
        with self._changed:
            return self._unsent()

    def drain(self) -> list[Sent]:
        """Sends everything that may go out, in order, and says what became of it."""
        sent: list[Sent] = []
        with httpx.Client(timeout=self._timeout) as client:
            while (delivery := self._next()) is not None:
                sent.append(self._send(client, delivery))
                self.log.append(sent[-1])
                for listener in self.listeners:
                    listener(sent[-1])
        return sent

    def settle(self, *, timeout_seconds: float = 10.0) -> bool:
        """Waits until nothing waits or is under way any more; False when that takes too long."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._unsent(), timeout_seconds)

    def _unsent(self) -> int:
        return len(self._queue) + (self._held is not None) + self._busy

    @contextmanager
    def running(self) -> Generator[None]:
        self._stopped = False
        thread = Thread(target=self._run, name="webhook sender", daemon=True)
        thread.start()
        try:
            yield
        finally:
            with self._changed:
                self._stopped = True
                self._changed.notify_all()
            thread.join(timeout=10)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._busy = False
                self._changed.notify_all()
                self._changed.wait_for(
                    lambda: self._stopped or (bool(self._queue) and not self._on_hold), _HELD_AT_MOST
                )
                if self._stopped:
                    return
                if self._on_hold or not self._unsent():
                    continue
                self._busy = True
            self.drain()

    def _next(self) -> Delivery | None:
        with self._changed:
            if self._on_hold:
                return None
            if not self._queue:
                self._release()
            return self._queue.popleft() if self._queue else None

    def _release(self) -> None:
        if self._held is not None:
            self._queue.append(self._held)
            self._held = None

    def _send(self, client: httpx.Client, delivery: Delivery) -> Sent:
        statuses: list[int | None] = []
        for pause in (0.0, *_PAUSES):
            if pause:
                self._sleep(pause)
            try:
                answer = client.post(delivery.url, content=delivery.body, headers=dict(delivery.headers))
            except httpx.HTTPError:
                statuses.append(None)
                continue
            statuses.append(answer.status_code)
            if answer.is_success:
                return Sent(delivery=delivery, statuses=tuple(statuses), outcome="delivered")
        return Sent(delivery=delivery, statuses=tuple(statuses), outcome="given up")
