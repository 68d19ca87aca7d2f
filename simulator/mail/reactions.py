"""What the people of the practice world do with a letter: read it, follow a link, answer, complain, want no more.

Everything is a function of the seed, the person and the letter, with each person's own delay; it happens in virtual
time. Who follows a link turns up in the product; who is told of a refused payment may mend it.
"""

import heapq
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import exp

from scipy.special import ndtri

from simulator.mail.letters import Letter
from simulator.world.lives.identity import person_of_email, user_id
from simulator.world.luck import uniform
from simulator.world.people import Person
from simulator.world.society import Society

_UNREACHABLE = 0.015  # of people, those whose address is no more
_REPLIES = (
    "Thank you, that came at the right moment. I will have a look tonight.",  # positive
    "Does this also work if I pay in another currency?",  # a question
    "Not for me, please take me off this list.",  # negative
    "Stop writing to me at once or I will report you.",  # hostile
    "I paid twice in September, once by card and once on the phone; which of the two counts?",  # for a person to read
)


@dataclass(frozen=True, order=True)
class Reaction:
    at: datetime
    letter: str
    recipient: str
    kind: str  # delivered, bounced, opened, clicked, replied, unsubscribed, complained
    detail: str = ""  # the link, the reply's text, the reason of a bounce


class Reactions:
    """`tell` is called for each reaction when its time has come."""

    def __init__(self, society: Society, *, tell: Callable[[Letter, Reaction], None]) -> None:
        self._society = society
        self._tell = tell
        self._waiting: list[Reaction] = []
        self._letters: dict[str, Letter] = {}

    def expect(self, letter: Letter) -> None:
        self._letters[letter.id] = letter
        for recipient in letter.recipients:
            for reaction in self._of(letter, recipient):
                heapq.heappush(self._waiting, reaction)
        self.happen()

    def happen(self) -> None:
        """Everything whose time has come."""
        now = self._society.now()
        while self._waiting and self._waiting[0].at <= now:
            reaction = heapq.heappop(self._waiting)
            self._tell(self._letters[reaction.letter], reaction)

    def _of(self, letter: Letter, recipient: str) -> list[Reaction]:
        number = person_of_email(recipient)
        if number is None:
            return [Reaction(letter.at, letter.id, recipient, "delivered")]
        if number >= len(self._society.people) or uniform(self._society.seed, "unreachable", number) < _UNREACHABLE:
            return [Reaction(letter.at, letter.id, recipient, "bounced", "550 5.1.1 no such mailbox")]
        made = [Reaction(letter.at, letter.id, recipient, "delivered")]
        return made + self._read(letter, recipient, self._society.people.person(number))

    def _read(self, letter: Letter, recipient: str, person: Person) -> list[Reaction]:
        def luck(about: str) -> float:
            return uniform(self._society.seed, "letter", about, user_id(person.number), letter.subject, letter.id)

        if luck("complains") < 0.0015:
            return [Reaction(letter.at + person.reply_delay, letter.id, recipient, "complained")]
        if luck("opens") >= 0.25 + 0.6 * person.reply_chance:
            return []
        opened = letter.at + person.reply_delay * exp(0.8 * float(ndtri(luck("opens when"))))
        made = [Reaction(opened, letter.id, recipient, "opened")]
        if luck("leaves") < 0.012:
            made.append(Reaction(opened + timedelta(seconds=40), letter.id, recipient, "unsubscribed"))
            return made
        if letter.links and luck("clicks") < 0.1 + 0.6 * person.reply_chance:
            link = letter.links[int(luck("which link") * len(letter.links))]
            clicked = opened + timedelta(seconds=5 + int(90 * luck("clicks when")))
            made.append(Reaction(clicked, letter.id, recipient, "clicked", link))
            self._follow(letter, person, clicked, link)
        if luck("replies") < 0.15 * person.reply_chance:
            text = _REPLIES[int(luck("reply") * len(_REPLIES))]
            made.append(Reaction(opened + timedelta(minutes=4), letter.id, recipient, "replied", text))
        return made

    def _follow(self, letter: Letter, person: Person, at: datetime, link: str) -> None:
        self._society.comes_back(person=person.number, at=at, link=link)
        if "payment" in f"{letter.subject} {letter.text}".lower():
            chance = min(0.9, 0.3 + person.reply_chance)
            self._society.is_reminded(person=person.number, at=at + timedelta(minutes=2), chance=chance)
