"""The kinds of ids that tell people apart, and when two texts name the same one.

Which columns hold them is said by the schemas (`Column.identifies`); whose they are is found out in
`connectors.people.closure`.
"""

import re
from dataclasses import dataclass

# The larger number belongs to one person alone; what has a smaller one may be shared by several of them.
RANK = {
    "user": 3,  # as the product calls them
    "whop_user": 2,
    "whop_member": 1,
    "whop_username": 1,
    "email": 1,
    "anonymous": 1,
    "lead": 1,
    "handle": 1,
    "unit": 0,  # of an experiment: some user or device, by value
}
WORDS = {
    "user": "user id",
    "whop_user": "Whop user",
    "whop_member": "Whop member",
    "whop_username": "Whop user name",
    "email": "e-mail address",
    "anonymous": "anonymous id",
    "lead": "lead",
    "handle": "handle",
    "unit": "unit of an experiment",
}
UNIT = "unit"
UNIT_OF = ("user", "anonymous")

_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_SHORTEST, _SHORTEST_NUMBER = 6, 9


@dataclass(frozen=True, order=True)
class Identifier:
    """As it is compared: made by `identifier`."""

    kind: str
    value: str

    def __str__(self) -> str:
        return f"{WORDS[self.kind]} {self.value}"

    @property
    def is_distinctive(self) -> bool:
        """Whether nothing else is likely to be written alike: it can then be looked for in any text. A short id such
        as 42 is looked for only where an id of its kind stands."""
        if "@" in self.value:
            return True
        return len(self.value) >= (_SHORTEST_NUMBER if self.value.isdigit() else _SHORTEST)


def identifier(kind: str, value: str) -> Identifier:
    """Addresses are the same in any case; a handle that is an address is one."""
    if kind == "handle" and _ADDRESS.fullmatch(value):
        kind = "email"
    return Identifier(kind, value.strip().lower() if kind == "email" else value)
