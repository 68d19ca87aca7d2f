"""What the models are told of definitions: the workspace's defaults are the same in SQL as in Python, and properties
compare alike on both engines."""

import json
from typing import Any

import pytest

from weir.definitions.kinds import Workspace

ENGINES = ("duckdb", "postgres")
PROPERTIES = {"n": 5.0, "s": "it's", "t": "5", "yes": True, "none": None, "a b": "x", "big": 10**40}


@pytest.fixture(scope="module")
def mills(tmp_path_factory: pytest.TempPathFactory, new_mills: Any) -> Any:
    return new_mills(tmp_path_factory.mktemp("macros"), *ENGINES)


def shown(mill: Any, template: str) -> Any:
    """A template's value, in a warehouse where nothing was ever built."""
    result = mill.dbt.run("show", "--inline", f"select {template} as value", "--output", "json")
    assert result.success, result.exception
    return result.result.results[0].agate_table.rows[0][0]


def test_the_workspace_has_one_set_of_defaults(mills: Any) -> None:
    told = shown(mills["duckdb"], "{{ text_literal(tojson(workspace())) }}")
    assert json.loads(told) == Workspace().model_dump(mode="json")


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("name", "value", "equal"),
    [
        ("n", 5, True),
        ("n", 5.5, False),
        ("t", 5, True),
        ("t", "5", True),
        ("s", "it's", True),
        ("s", 5, False),
        ("yes", True, True),
        ("yes", False, False),
        ("none", "null", False),
        ("missing", "x", False),
        ("missing", 1, False),
        ("a b", "x", True),
        ("big", 1, False),
    ],
)
def test_numbers_compare_as_numbers_and_what_is_missing_is_nothing(
    mills: Any, engine: str, name: str, value: Any, equal: bool
) -> None:
    properties = json.dumps(json.dumps(PROPERTIES).replace("'", "''"))
    template = '{{ property_equals("\'" ~ ' + properties + ' ~ "\'", ' + f"{name!r}, {value!r}) }}}}"
    assert shown(mills[engine], template) is equal
