"""Which letters the practice mail server refuses, and with which code: switched on by address, counted, off by default.

Codes are SMTP's: 4xx means try again later, 5xx means never.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

Stage = Literal["rcpt", "data"]
_STAGES = ("rcpt", "data")


@dataclass(frozen=True, kw_only=True)
class MailFault:
    address: str  # a regular expression that must fit the whole recipient
    code: int
    stage: Stage = "rcpt"
    message: str = "not now"
    count: int | None = None  # how often it strikes; None is without end

    def __post_init__(self) -> None:
        re.compile(self.address)
        if not 400 <= self.code <= 599:
            raise ValueError(f"a refusal is 4xx or 5xx, not {self.code}")
        if self.stage not in _STAGES:
            raise ValueError(f"a stage is one of {', '.join(_STAGES)}")


class Postmaster:
    def __init__(self) -> None:
        self._faults: list[tuple[MailFault, list[str]]] = []  # with the addresses they struck

    def replace(self, faults: Sequence[MailFault]) -> None:
        self._faults = [(fault, []) for fault in faults]

    def put(self, wanted: Sequence[Mapping[str, Any]]) -> None:
        try:
            self.replace([MailFault(**each) for each in wanted])
        except (TypeError, re.error) as error:
            raise ValueError(str(error)) from error

    def refusal(self, address: str, stage: Stage) -> str | None:
        """The server's answer when a fault strikes."""
        for fault, struck in self._faults:
            left = fault.count is None or len(struck) < fault.count
            if left and fault.stage == stage and re.fullmatch(fault.address, address, re.IGNORECASE):
                struck.append(address)
                return f"{fault.code} {fault.message}"
        return None

    def state(self) -> list[dict[str, Any]]:
        return [asdict(fault) | {"struck": len(struck)} for fault, struck in self._faults]
