"""The practice post office: takes letters, keeps the inbox, lets people react, and tells the sender what happened."""

from collections.abc import Callable

from simulator.mail.letters import Letter, read_letter
from simulator.mail.postmaster import Postmaster
from simulator.mail.reactions import Reaction, Reactions
from simulator.mail.receipts import Receipts
from simulator.services import service_keys
from simulator.webhooks import Delivery
from simulator.world.lives.till import tag
from simulator.world.practice import PracticeWorld

_ONE_CLICK = b"List-Unsubscribe=One-Click"


class PostOffice:
    def __init__(self, world: PracticeWorld, *, post: Callable[[Delivery], None], receipts: Receipts) -> None:
        self._world = world
        self._post = post
        self._lock = world.society.lock  # reacting people change the world: one lock, or two threads wait for ever
        self._reactions: Reactions | None = None
        self.keys = service_keys(world.seed)
        self.receipts = receipts
        self.postmaster = Postmaster()
        self.daily_quota: int | None = None  # of letters over HTTP; None is without end
        self.letters: list[Letter] = []
        self.happened: list[Reaction] = []

    def take(self, *, sender: str, recipients: list[str], raw: bytes, by_api: bool = False) -> Letter:
        with self._lock:
            letter = read_letter(
                tag("email", self._world.seed, len(self.letters)), at=self._world.now(), sender=sender,
                recipients=recipients, raw=raw, by_api=by_api,
            )  # fmt: skip
            self.letters.append(letter)
            if self._reactions is None:
                self._reactions = Reactions(self._world.society, tell=self._told)
                self._world.observers.append(self._pass_time)
            self._reactions.expect(letter)
            return letter

    def _pass_time(self) -> None:
        with self._lock:
            if self._reactions is not None:
                self._reactions.happen()

    def _told(self, letter: Letter, reaction: Reaction) -> None:
        self.happened.append(reaction)
        if reaction.kind == "unsubscribed" and letter.unsubscribe is not None:
            form = {"content-type": "application/x-www-form-urlencoded"}
            self._post(Delivery(url=letter.unsubscribe, body=_ONE_CLICK, headers=form, topic="one click"))
        self.receipts.tell(letter, reaction)

    def clear(self) -> None:
        with self._lock:
            self.letters.clear()
            self.happened.clear()
