"""`weir config`: what people tune while Weir runs, with every version ever set and why."""

from typing import Annotated, Any

import typer

from apps.cli.options import AsJson, By
from apps.cli.output import say, show_json, show_table

commands = typer.Typer(help="Look at the config and change it; every change is a version that can be gone back to.")

Key = Annotated[str, typer.Argument(help="A config key, such as publish.keep_builds.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; kept with the version.")]
Expected = Annotated[int | None, typer.Option("--expect", help="Refuse if the key has left this version.", min=0)]


@commands.command("get")
def get(
    key: Annotated[str | None, typer.Argument(help="One key; all if left out.")] = None, as_json: AsJson = False
) -> None:
    """What holds now."""
    from apps.cli.workspace import this_house
    from ledger.config import all_config, get_config
    from ledger.transaction import reading

    with reading(this_house().ledger) as session:
        told = [_told(each) for each in (all_config(session) if key is None else [get_config(session, key)])]
    if as_json:
        show_json(told if key is None else told[0])
        return
    columns = ["key", "value", "version", "takes", "set by", "description"]
    show_table(columns, [[each[column] for column in columns] for each in told])


@commands.command("set")
def set_value(
    key: Key,
    value: Annotated[str, typer.Argument(help="The new value.")],
    reason: Reason,
    expect: Expected = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Sets a key; the version before it stays in its history."""
    from apps.cli.workspace import person, this_house
    from ledger.config import set_config
    from ledger.config_keys import config_key
    from ledger.transaction import writing

    house = this_house()
    parsed = config_key(key).parse(value)
    with writing(house.ledger, actor=person(by), clock=house.clock) as turn:
        now = _told(set_config(turn, key, parsed, reason=reason, expected_version=expect))
    _show_now(now, as_json=as_json)


@commands.command("history")
def history(key: Key, as_json: AsJson = False) -> None:
    """Every version of a key, newest first."""
    from apps.cli.workspace import this_house
    from ledger.config import config_history
    from ledger.transaction import reading

    with reading(this_house().ledger) as session:
        versions = config_history(session, key)
    if as_json:
        show_json(versions)
        return
    columns = ["version", "value", "previous", "restores", "actor", "at", "reason"]
    show_table(columns, [[getattr(version, column) for column in columns] for version in versions])


@commands.command("rollback")
def rollback(
    key: Key,
    to: Annotated[int, typer.Option("--to", help="The version whose value is to hold again; 0 is the default.", min=0)],
    reason: Reason,
    expect: Expected = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Goes back to an older version's value, as a new version."""
    from apps.cli.workspace import person, this_house
    from ledger.config import rollback_config
    from ledger.transaction import writing

    house = this_house()
    with writing(house.ledger, actor=person(by), clock=house.clock) as turn:
        now = _told(rollback_config(turn, key, to_version=to, reason=reason, expected_version=expect))
    _show_now(now, as_json=as_json)


def _told(current: Any) -> dict[str, Any]:
    key = current.key
    return {
        "key": key.name,
        "value": current.value,
        "version": current.version,
        "takes": key.takes,
        "unit": key.unit,
        "owner": key.owner,
        "set by": "a person" if key.person_only else "anyone",
        "description": key.description,
    }


def _show_now(now: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        show_json(now)
    else:
        say(f"{now['key']} is {now['value']} {now['unit']} (version {now['version']})")
