"""Reads definitions: those that are shipped, then those of a home, which add to them or take their place by name.

Each stands or falls alone. What is wrong is refused with its file, its line and a remedy, and the rest count. A refused
definition that would have taken a shipped one's place takes it all the same: nobody is shown the one they replaced.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from weir.definitions.fields import Part, nearest
from weir.definitions.funnels import Funnel
from weir.definitions.kinds import Alias, Goal, Retention, Workspace
from weir.definitions.ladders import Ladder
from weir.definitions.yaml_lines import Located, NotReadable, read_yaml

WORKSPACE = "workspace"
Defining = Goal | Funnel | Ladder | Retention | Alias
KINDS: dict[str, tuple[str, type[Defining]]] = {
    "goals": ("goal", Goal),
    "funnels": ("funnel", Funnel),
    "ladders": ("ladder", Ladder),
    "retentions": ("retention", Retention),
    "aliases": ("alias", Alias),
}
_SHIPPED = "shipped"


@dataclass(frozen=True, kw_only=True)
class Definition:
    kind: str
    name: str
    body: dict[str, Any]  # everything that was left out filled in
    source: str  # file and line


@dataclass(frozen=True, kw_only=True)
class Refusal:
    source: str
    subject: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.source}: {self.subject}: {self.problem}; {self.remedy}"


@dataclass(frozen=True, kw_only=True)
class Definitions:
    kept: tuple[Definition, ...]
    refused: tuple[Refusal, ...]


@dataclass
class _Read:
    workspace: Workspace = field(default_factory=Workspace)
    workspace_source: str = _SHIPPED
    found: dict[tuple[str, str], tuple[str, Defining]] = field(default_factory=dict)
    refused: list[Refusal] = field(default_factory=list)
    places: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)  # file set and source, also of refused


def read_definitions(*, shipped: Path, own: Path) -> Definitions:
    """`own` is `WEIR_HOME/definitions`; it need not be there."""
    read = _Read()
    for folder, says in ((shipped, _SHIPPED), (own, own.name)):
        for file in sorted(folder.glob("*.yml")) + sorted(folder.glob("*.yaml")):
            _read_file(file, f"{says}/{file.name}", read, layer=says)
    bodies = {key: (source, model.body(read.workspace)) for key, (source, model) in read.found.items()}
    bodies[WORKSPACE, WORKSPACE] = (read.workspace_source, read.workspace.model_dump(mode="json"))
    kept = (
        Definition(kind=kind, name=name, body=body, source=source)
        for (kind, name), (source, body) in sorted(bodies.items())
    )
    return Definitions(kept=tuple(kept), refused=tuple(read.refused))


def _read_file(file: Path, called: str, read: _Read, *, layer: str) -> None:
    def refuse(line: int, subject: str, problem: str, remedy: str) -> None:
        read.refused.append(Refusal(source=f"{called}:{line}", subject=subject, problem=problem, remedy=remedy))

    try:
        located = read_yaml(file.read_text(encoding="utf-8"))
    except NotReadable as error:
        return refuse(error.line, "the whole file", error.problem, error.remedy)
    except UnicodeDecodeError:
        return refuse(1, "the whole file", "it is no UTF-8 text", "save the file as UTF-8 text")
    if located.value is None:
        return None
    known = (WORKSPACE, *KINDS)
    if not isinstance(located.value, dict):
        return refuse(1, "the whole file", "it is no list of names and values", f"begin with {', '.join(known)}")
    for section, content in located.value.items():
        line = located.line((section,))
        if section == WORKSPACE:
            _read_workspace(located, f"{called}:{line}", read, layer=layer, called=called)
        elif section not in KINDS:
            refuse(line, section, "nothing is defined by that name", nearest(section, known))
        elif not isinstance(content, list):
            refuse(line, section, "this is no list", "begin each definition with a dash")
        else:
            for place in range(len(content)):
                _read_one(located, (section, place), read, layer=layer, called=called)
    return None


def _read_workspace(located: Located, source: str, read: _Read, *, layer: str, called: str) -> None:
    key = (WORKSPACE, WORKSPACE)
    if _is_taken(key, source, read, layer=layer):
        return
    read.places[key] = (layer, source)
    written = located.value[WORKSPACE]
    try:
        checked = Workspace.model_validate(written)
    except ValidationError as error:
        read.refused.extend(_refusals(error, Workspace, located, (WORKSPACE,), called, WORKSPACE))
        return
    read.workspace, read.workspace_source = checked, source


def _read_one(located: Located, path: tuple[str, int], read: _Read, *, layer: str, called: str) -> None:
    kind, model = KINDS[path[0]]
    written = located.value[path[0]][path[1]]
    source = f"{called}:{located.line(path)}"
    name = written.get("name") if isinstance(written, dict) else None
    try:
        checked = model.model_validate(written)
        name = checked.name
    except ValidationError as error:
        subject = f"{kind} {name}" if isinstance(name, str) else kind
        read.refused.extend(_refusals(error, model, located, path, called, subject))
        if isinstance(name, str):
            read.found.pop((kind, name), None)
            read.places[kind, name] = (layer, source)
        return
    if not _is_taken((kind, name), source, read, layer=layer):
        read.places[kind, name] = (layer, source)
        read.found[kind, name] = (source, checked)


def _is_taken(key: tuple[str, str], source: str, read: _Read, *, layer: str) -> bool:
    """Whether the same layer has it already: there is no saying which of the two is meant, so the first counts."""
    before = read.places.get(key)
    if before is None or before[0] != layer:
        return False
    subject = " ".join(dict.fromkeys(key))
    problem = f"it stands in {before[1]} already"
    read.refused.append(Refusal(source=source, subject=subject, problem=problem, remedy="leave one of the two out"))
    return True


def _refusals(
    error: ValidationError, model: type[Part], located: Located, path: Sequence[str | int], called: str, subject: str
) -> Iterator[Refusal]:
    for each in error.errors():
        inside = tuple(each["loc"])
        where = ".".join(str(part + 1) if isinstance(part, int) else part for part in inside)
        line = located.line((*path, *inside))
        problem, remedy = _said(each, model)
        yield Refusal(
            source=f"{called}:{line}",
            subject=f"{subject}, {where}" if where else subject,
            problem=problem,
            remedy=remedy,
        )


def _said(error: Any, model: type[Part]) -> tuple[str, str]:
    context, given = error.get("ctx") or {}, error.get("input")
    match error["type"]:
        case "definition":
            return context["problem"], context["remedy"]
        case "extra_forbidden":
            return "there is no such field", nearest(str(error["loc"][-1]), _fields(model))
        case "missing":
            return "it is missing", "add it"
        case "literal_error":
            return f"{given!r} is not known", f"one of {context['expected']}"
        case "string_type":
            return f"{given!r} is no text", "put it in quotes"
        case _:
            return f"{given!r}: {error['msg'][:1].lower()}{error['msg'][1:]}", "correct it"


def _fields(model: type[Part]) -> set[str]:
    """Every name that may stand anywhere in such a definition."""
    names: set[str] = set()
    ahead: list[Any] = [model]
    while ahead:
        some = ahead.pop()
        for name, info in some.model_fields.items():
            names.add(info.alias or name)
            ahead += [part for part in _parts(info.annotation) if isinstance(part, type) and issubclass(part, Part)]
    return names


def _parts(annotation: Any) -> Iterator[Any]:
    yield annotation
    for part in getattr(annotation, "__args__", ()):
        yield from _parts(part)
