"""Who does something to the ledger. Some things only a person may do."""

from dataclasses import dataclass
from typing import Literal, Self


@dataclass(frozen=True)
class Actor:
    kind: Literal["person", "program", "model"]
    name: str

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise ValueError(f"a {self.kind} that acts needs a name")

    @classmethod
    def person(cls, name: str) -> Self:
        return cls("person", name)

    @classmethod
    def program(cls, name: str) -> Self:
        return cls("program", name)

    @classmethod
    def model(cls, name: str) -> Self:
        return cls("model", name)

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"
