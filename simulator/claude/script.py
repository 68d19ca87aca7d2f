"""The script: rules that say what the scripted Claude answers to what. First rule that fits wins; each may be limited.

A rule looks at the last thing a person said, at the results that tools brought, at the system prompt and the model; it
answers with text, tool calls, JSON, a way of stopping, or an error.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from simulator.claude.asked import Asked

_STOPS = (
    "end_turn", "max_tokens", "stop_sequence", "tool_use", "pause_turn", "refusal", "model_context_window_exceeded",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """An error instead of an answer. `after_chunks`: in a stream, only once so much has been sent."""

    status: int
    message: str = "Something went wrong."
    code: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    after_chunks: int | None = None


@dataclass(frozen=True, kw_only=True)
class Rule:
    says: str | None = None  # a regular expression searched in what the person last said
    system: str | None = None  # searched in the system prompt
    model: str | None = None  # searched in the model's name
    after_tool: str | None = None  # the name of a tool whose result has just come; "" for none
    result: str | None = None  # searched in the tools' results
    times: int | None = None  # how often the rule answers; then it is passed over

    text: str | None = None
    tools: Sequence[Mapping[str, Any]] = ()  # name and input of each call
    json: Any = None
    stop_reason: str | None = None
    trouble: Trouble | None = None

    def __post_init__(self) -> None:
        if self.stop_reason is not None and self.stop_reason not in _STOPS:
            raise ValueError(f"a stop reason is one of {', '.join(_STOPS)}")
        for pattern in (self.says, self.system, self.model, self.result):
            if pattern is not None:
                re.compile(pattern)

    def fits(self, asked: Asked) -> bool:
        results = asked.tool_results
        names = [name for name, _ in results]
        return (
            _found(self.says, asked.last_user_text)
            and _found(self.system, asked.system)
            and _found(self.model, asked.model)
            and (self.after_tool is None or (self.after_tool in names if self.after_tool else not names))
            and (self.result is None or any(_found(self.result, text) for _, text in results))
        )


def _found(pattern: str | None, text: str) -> bool:
    return pattern is None or re.search(pattern, text, re.IGNORECASE | re.DOTALL) is not None


class Script:
    def __init__(self) -> None:
        self._rules: list[Rule] = []
        self._answered: list[int] = []

    def replace(self, rules: Sequence[Rule]) -> None:
        self._rules, self._answered = list(rules), [0] * len(rules)

    def choose(self, asked: Asked) -> Rule | None:
        for place, rule in enumerate(self._rules):
            if (rule.times is None or self._answered[place] < rule.times) and rule.fits(asked):
                self._answered[place] += 1
                return rule
        return None

    def state(self) -> list[dict[str, Any]]:
        return [
            asdict(rule) | {"answered": answered} for rule, answered in zip(self._rules, self._answered, strict=True)
        ]


def rule_of(told: Any) -> Rule:
    """A rule as JSON holds it. Raises ValueError for what no rule has."""
    if not isinstance(told, dict):
        raise ValueError("a rule is an object")
    known = {each.name for each in fields(Rule)}
    unknown = set(told) - known
    if unknown:
        raise ValueError(f"no rule has {', '.join(sorted(unknown))}; it may have {', '.join(sorted(known))}")
    trouble = told.get("trouble")
    try:
        arguments: dict[str, Any] = {name: value for name, value in told.items() if name != "trouble"}
        return Rule(**arguments, trouble=None if trouble is None else Trouble(**trouble))
    except (TypeError, re.error) as error:
        raise ValueError(str(error)) from error
