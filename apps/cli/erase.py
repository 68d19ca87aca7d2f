"""`weir erase`: makes a person nobody's in everything that is held, keeps the sums, and proves it."""

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from apps.cli.failures import ExitCode, Failure
from apps.cli.options import AsJson, By
from apps.cli.output import complaints, say, show_json, show_table
from apps.cli.progress import Tell, shown_progress

if TYPE_CHECKING:
    from actions.erase_person import ErasureReport
    from actions.find_person import Found
    from actions.house import House
    from connectors.lake.sums import Measures
    from connectors.people.searching import Searched


def erase(
    subject: Annotated[
        str | None, typer.Argument(help="A user id, an anonymous id, an e-mail address, or an id at a party.")
    ] = None,
    kind: Annotated[
        str | None, typer.Option("--kind", help="What the subject is, where it is found as several: user, email …")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say who is meant and where they are; change nothing.")
    ] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with an erasure that did not end.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask, for programs.")] = False,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Erases a person from landing, lake, warehouse, published marts and the ledger's texts. It cannot be undone.

    Rows stay and become nobody's, so counts and sums stay. Exit code 1 if something of the person was still found.
    """
    from actions.erase_person import ErasePorts, erase_person
    from actions.erasing_intent import read_intent
    from actions.find_person import load_all
    from actions.rebuild_marts import rebuild_marts
    from apps.cli.workspace import person, this_house

    if (subject is None) != resume:
        remedy = "Name a person, as in `weir erase user-17`, or go on with an erasure: `weir erase --resume`."
        raise Failure("who is to be erased?", remedy=remedy, code=ExitCode.USAGE)
    house = this_house()
    is_open = (intent := read_intent(house.home.root)) is not None and subject in (None, intent.subject)
    with shown_progress(hidden=as_json) as tell:
        if not (dry_run or is_open or resume):
            load_all(house, tell=tell)
        with _told():
            found = None if is_open or subject is None else _found(house, subject, kind)
    if found is not None:
        places = _look(house, found, tell=lambda stage, message: None) if dry_run else ()
        _show_found(found, places, dry_run=dry_run, as_json=as_json)
    if dry_run:
        return
    if not (yes or is_open or resume):
        _ask(as_json=as_json)
    with shown_progress(hidden=as_json, plain=True) as tell, _told():
        ports = ErasePorts(rebuild=lambda home: rebuild_marts(home, on_progress=_stage(tell, "models")), tell=tell)
        report = erase_person(house, found, actor=person(by), ports=ports)
    _show(report, as_json=as_json)
    if house.settings.dagster_pg_host is not None:
        complaints().print("Not searched: Dagster's own Postgres (WEIR_DAGSTER_PG_HOST).", style="yellow")
    if not report.proof.holds:
        raise typer.Exit(ExitCode.FOUND_WRONG)


@contextmanager
def _told() -> Generator[None]:
    from actions.erase_person import AnotherIsOpen
    from actions.find_person import NobodyFound, WhichKind
    from connectors.people.closure import NotAlone

    try:
        yield
    except NobodyFound as error:
        remedy = "Check how it is written; `weir query` shows how ids look."
        raise Failure(str(error), remedy=remedy, code=ExitCode.NOTHING_THERE) from error
    except AnotherIsOpen as error:
        remedy = "End it first: `weir erase --resume`."
        raise Failure(str(error), remedy=remedy, code=ExitCode.REFUSED) from error
    except (NotAlone, WhichKind) as error:
        raise Failure(str(error), remedy="Nothing was changed.", code=ExitCode.REFUSED) from error


def _found(house: "House", subject: str, kind: str | None) -> "Found":
    from actions.find_person import find_person
    from connectors.people.identifiers import RANK

    if kind is not None and kind not in RANK:
        raise Failure(f"--kind: no ids are called {kind!r}", remedy=f"Known: {', '.join(RANK)}.", code=ExitCode.USAGE)
    return find_person(house, subject, kind=kind)


def _look(house: "House", found: "Found", *, tell: Tell) -> "Sequence[Searched]":
    from actions.erasing_proof import search_home, search_ledger, search_of
    from connectors.people.person import Person

    person = Person(dict.fromkeys(found.closure.ids, ""))
    search = search_of(house, person, contained=found.contained)
    return (*search_home(house, search), *search_ledger(house, search))


def _ask(*, as_json: bool) -> None:
    remedy = "Give --yes if you are sure: what is erased cannot be had back."
    if as_json:
        raise Failure("nobody can be asked while JSON is printed", remedy=remedy, code=ExitCode.USAGE)
    if not typer.confirm("Erase this person? It cannot be undone", err=True):
        raise Failure("nothing was erased", remedy=remedy, code=ExitCode.REFUSED)


def _stage(tell: Tell, stage: str) -> Callable[[str], None]:
    return lambda message: tell(stage, message)


def _show_found(found: "Found", places: "Sequence[Searched]", *, dry_run: bool, as_json: bool) -> None:
    from connectors.people.identifiers import WORDS

    if as_json:
        if dry_run:
            ids = [{"kind": one.kind, "value": one.value} for one in found.closure.ids]
            shared = [{"kind": one.kind, "value": one.value} for one in found.closure.shared]
            show_json({"ids": ids, "shared": shared, "was_erased": found.was_erased, "places": places})
        return
    show_table(["what", "id"], [(WORDS[one.kind], one.value) for one in found.closure.ids], title="This person")
    for one in found.closure.shared:
        say(f"Left alone, because others use it too: {one}.")
    if found.was_erased:
        say("They were erased before; what is found now has come in since.")
    if dry_run:
        rows = [(each.place, each.files, each.found) for each in places if each.found]
        show_table(["place", "files", "found"], rows, title="Where they are")
        say("Nothing was changed. Files that wait to be loaded were not read for further ids.")


def _show(report: "ErasureReport", *, as_json: bool) -> None:
    proof = report.proof
    if as_json:
        show_json(
            {
                "erasure": report.erasure,
                "ids": report.ids,
                "shared": len(report.shared),
                "lines": report.erased.lines,
                "rows": report.erased.rows,
                "quarantined": report.erased.quarantined,
                "texts": report.texts.total,
                "builds_withdrawn": report.builds,
                "places": proof.places,
                "sums": {"before": proof.before, "after": proof.after, "moved": proof.moved},
                "holds": proof.holds,
            }
        )
        return
    columns = ["place", "files", "rows", "bytes", "found"]
    rows = [(each.place, each.files or "", each.rows or "", each.bytes or "", each.found) for each in proof.places]
    show_table(columns, rows, title="Searched for every id")
    sums = [(place, name, value, proof.after.get(place, {}).get(name)) for place, name, value in _kept(proof.before)]
    show_table(["sums of", "what", "before", "after"], sums)
    erased = report.erased
    say(
        f"{erased.lines} landed lines, {erased.rows} rows, {erased.quarantined} lines in quarantine "
        f"and {report.texts.total} texts of the ledger are nobody's now; {len(report.builds)} builds were withdrawn."
    )
    for each in proof.places:
        if each.found:
            complaints().print(f"{each.place}: still found {each.found} times, first in {each.first}", style="red")
    for sentence in proof.moved:
        complaints().print(sentence, markup=False, style="red")
    if proof.holds:
        say(f"Nothing of the person is left, and no sum has moved. The ledger tells of it as {report.erasure}.")
    else:
        complaints().print("It is not done: stop what still writes, then run `weir erase --resume`.", style="red")


def _kept(before: "Mapping[str, Measures]") -> list[tuple[str, str, str]]:
    """The sums that people ask for; the rest is compared as well, and is in --json."""
    return [
        (place, name, value)
        for place, measured in before.items()
        for name, value in measured.items()
        if name.startswith(("rows", "sum of", "landed", "raw", "duplicates", "quarantined", "different"))
    ]
