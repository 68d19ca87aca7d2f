"""How dbt's data tests become asset checks that a person can read: on which asset they show, and what they say.

The tests themselves, and how bad it is when one fails, are written in `dbt_project/`.
"""

from collections.abc import Mapping
from typing import Any

Manifest = Mapping[str, Any]


def attach_singular_tests(manifest: Manifest) -> Manifest:
    """A test that compares several models shows on the one that is furthest down the flow; dagster-dbt would show it
    on none unless the test names one itself."""
    attached = {
        unique_id: {**node, "meta": {**node.get("meta", {}), "dagster": {"ref": {"name": place}}}}
        for unique_id, node in manifest["nodes"].items()
        if node["resource_type"] == "test" and (place := _place_of(node, manifest)) is not None
    }
    return {**manifest, "nodes": {**manifest["nodes"], **attached}}


def describe_test(node: Mapping[str, Any]) -> str:
    """What the test claims: in its author's words, else in words made of its kind and arguments."""
    generic = node.get("test_metadata")
    if node.get("description"):
        return node["description"].strip()
    if generic is None:
        comment = _opening_comment(node["raw_code"])
        return comment or f"{node['name'].removeprefix('assert_').replace('_', ' ').capitalize()}."
    arguments = generic["kwargs"]
    column = arguments.get("column_name")
    match generic["name"]:
        case "not_null":
            return f"`{column}` is always known."
        case "unique":
            return f"No two rows share a `{column}`."
        case "accepted_values":
            return f"`{column}` is one of {', '.join(map(str, arguments['values']))}."
        case "relationships":
            return f"Every `{column}` is a known `{arguments['field']}`."
        case "unique_grain":
            return f"No two rows agree in all of {', '.join(arguments['columns'])}."
        case name:
            return f"{name.replace('_', ' ').capitalize()}{f' of `{column}`' if column else ''}."


def _place_of(node: Mapping[str, Any], manifest: Manifest) -> str | None:
    if node.get("attached_node") or node.get("config", {}).get("meta", {}).get("dagster"):
        return None
    models = [parent for parent in node["depends_on"]["nodes"] if parent in manifest["nodes"]]
    if len(models) < 2:
        return None  # one model is found without help
    furthest = max(models, key=lambda model: (len(_ancestors(model, manifest["parent_map"])), model))
    return manifest["nodes"][furthest]["name"]


def _ancestors(unique_id: str, parents: Mapping[str, list[str]]) -> set[str]:
    found: set[str] = set()
    ahead = [unique_id]
    while ahead:
        new = set(parents.get(ahead.pop(), ())) - found
        found |= new
        ahead += new
    return found


def _opening_comment(sql: str) -> str:
    lines = []
    for line in sql.strip().splitlines():
        if not line.startswith("--"):
            break
        lines.append(line.removeprefix("--").strip())
    return " ".join(lines)
