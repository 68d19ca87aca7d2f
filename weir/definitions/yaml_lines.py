"""YAML as plain values, with the line on which each of them stands, so that whoever refuses one can say where it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from yaml.reader import ReaderError

Path = tuple[str | int, ...]


class NotReadable(Exception):
    """This is no YAML that we read; nothing of the file counts."""

    def __init__(self, line: int, problem: str, remedy: str) -> None:
        self.line, self.problem, self.remedy = line, problem, remedy
        super().__init__(f"line {line}: {problem}; {remedy}")


@dataclass(frozen=True)
class Located:
    value: Any
    lines: Mapping[Path, int]

    def line(self, path: Path) -> int:
        """The line of a value, or of the innermost thing round it that is written down."""
        while path not in self.lines:
            path = path[:-1]
        return self.lines[path]


def read_yaml(text: str) -> Located:
    lines: dict[Path, int] = {(): 1}
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            if isinstance(event, yaml.AliasEvent):
                raise NotReadable(
                    event.start_mark.line + 1, f"*{event.anchor} stands for something else", "write it out instead"
                )
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        value = None if root is None else _value(root, (), lines)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        said = " ".join(f"{error.context or ''} {error.problem or ''}".split())
        raise NotReadable(mark.line + 1 if mark else 1, said, "check indentation, brackets and quotes") from error
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise NotReadable(line, "a sign that is no text", "save the file as UTF-8 text") from error
    return Located(value, lines)


def _value(node: Node, path: Path, lines: dict[Path, int]) -> Any:
    lines.setdefault(path, node.start_mark.line + 1)
    match node:
        case SequenceNode():
            return [_value(each, (*path, place), lines) for place, each in enumerate(node.value)]
        case MappingNode():
            return _mapping(node, path, lines)
        case ScalarNode():
            return _scalar(node, lines[path])
    raise TypeError(f"YAML knows no {type(node).__name__}")


def _mapping(node: MappingNode, path: Path, lines: dict[Path, int]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        key = _scalar(key_node, line) if isinstance(key_node, ScalarNode) else None
        if not isinstance(key, str):
            raise NotReadable(line, "a name that is no text", "put the name in quotes")
        if key in values:
            raise NotReadable(line, f"{key!r} stands here a second time", "leave one of the two out")
        lines[(*path, key)] = line
        values[key] = _value(value_node, (*path, key), lines)
    return values


def _scalar(node: ScalarNode, line: int) -> Any:
    constructor = yaml.SafeLoader("")
    try:
        return constructor.construct_object(node)
    except ValueError as error:  # a date that the calendar does not have
        raise NotReadable(line, f"{node.value!r}: {error}", "correct it, or put it in quotes as a text") from error
    finally:
        constructor.dispose()
