"""Erases a person: everything that is held of them is made nobody's, the sums stay, and it is proven.

Who is meant is found out before (`actions.find_person`). The work is a row of steps, each of which may be done twice:
killed anywhere, it is done again from the intent (`actions.erasing_intent`), with the same pseudonyms.
"""

import shutil
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from secrets import token_hex

from actions.build_marts import alone
from actions.erasing_intent import Intent, forget_intent, read_intent, write_intent
from actions.erasing_proof import Proof, is_built, search_home, search_ledger, search_of, speaks_of, sums
from actions.find_person import Found, NobodyFound, Tell
from actions.house import House
from connectors.lake.erasing import EntityEraser, Erased
from connectors.lake.layout import LakeLayout
from connectors.lake.load_log import last_load_seq
from connectors.lake.rewriting import Rewriting
from connectors.lake.screening import erasing_alone
from connectors.lake.sums import moved
from connectors.landing.erasing_loose import erase_loose
from connectors.landing.layout import LandingLayout, Stream, all_accounts
from connectors.landing.locks import hold_lock
from connectors.landing.pending import streams_of
from connectors.landing.pull_writer import set_unfinished_aside
from connectors.people.identifiers import Identifier
from connectors.people.masking import mask_file
from connectors.people.person import PSEUDONYM
from connectors.people.suppressed import Suppressed
from connectors.warehouse.erasing import forget_everything, give_room_back, withdraw_builds
from ledger.actors import Actor
from ledger.erasing import TextsErased, erase_texts, forget_freed_space, is_recorded
from ledger.transaction import reading, writing

_WAIT_SECONDS = 60.0  # for a load or a pull of a stream to end


class AnotherIsOpen(Exception):
    """An erasure was begun and has not ended; it comes first."""


@dataclass(frozen=True, kw_only=True)
class ErasePorts:
    """`rebuild` makes the warehouse from the lake and publishes it, without loading anything."""

    rebuild: Callable[[House], None]
    token: Callable[[], str] = lambda: token_hex(8)
    on_step: Callable[[str], None] = lambda step: None
    tell: Tell = lambda stage, message: None


@dataclass(frozen=True, kw_only=True)
class ErasureReport:
    erasure: str
    ids: tuple[str, ...]  # kinds
    shared: tuple[Identifier, ...]
    erased: Erased
    texts: TextsErased
    builds: tuple[str, ...]  # withdrawn
    proof: Proof


def erase_person(house: House, found: Found | None, *, actor: Actor, ports: ErasePorts) -> ErasureReport:
    """Without `found`, what was begun is gone on with."""
    home = house.home.root
    intent = read_intent(home)
    if intent is None:
        if found is None:
            raise NobodyFound("no erasure is open")
        intent = _begin(house, found, ports)
    elif found is not None and found.subject != intent.subject:
        raise AnotherIsOpen(f"an erasure that was begun at {intent.begun_at:%Y-%m-%d %H:%M} UTC has not ended yet")
    return _carry_out(house, _with_new_sums(house, intent), actor=actor, ports=ports)


def _begin(house: House, found: Found, ports: ErasePorts) -> Intent:
    """The marts are built first: what cannot be built must not be thrown away, and the sums are those of today."""
    if is_built(house):
        ports.tell("before", "the marts are built from what is loaded")
        ports.rebuild(house)
    known = Suppressed(house.home.root)
    names = {one: known.pseudonym(one) or f"{PSEUDONYM}{ports.token()}" for one in found.closure.ids}
    intent = Intent(
        erasure=f"erasure-{ports.token()}",
        subject=found.subject,
        begun_at=house.wall_clock(),
        names=names,
        shared=found.closure.shared,
        words=found.words,
        contained=found.contained,
        load_seq=last_load_seq(LakeLayout(house.home.lake)),
        before=sums(house, with_marts=is_built(house)),
    )
    write_intent(house.home.root, intent)
    ports.on_step("intent written")
    return intent


def _with_new_sums(house: House, intent: Intent) -> Intent:
    """What was loaded between a crash and now has moved the sums: those of the lake are taken again."""
    load_seq = last_load_seq(LakeLayout(house.home.lake))
    if load_seq == intent.load_seq:
        return intent
    intent = replace(intent, load_seq=load_seq, before=sums(house, with_marts=False))
    write_intent(house.home.root, intent)
    return intent


def _carry_out(house: House, intent: Intent, *, actor: Actor, ports: ErasePorts) -> ErasureReport:
    person, home = intent.person, house.home
    search = search_of(house, person, contained=intent.contained)
    Suppressed(home.root).with_more(intent.names, intent.words)
    ports.on_step("suppressed")
    with ExitStack() as holding:
        holding.enter_context(alone(house))
        rewriting = holding.enter_context(
            erasing_alone(home.landing, home.lake, sleep=house.sleep, on_step=ports.on_step)
        )
        erased = _erase_entities(house, intent, rewriting, ports)
        schemas = {(schema.party, schema.entity): schema for schema in house.schemas}
        erase_loose(rewriting, person, schemas, sleep=house.sleep)
        ports.on_step("landing erased")
        forget_everything(house.warehouse)
        ports.on_step("warehouse forgotten")
    if is_built(house):
        ports.tell("models", "the marts are built anew")
        ports.rebuild(house)
        ports.on_step("rebuilt")
    give_room_back(house.warehouse)
    with alone(house):
        builds = withdraw_builds(house.published, search)
    ports.on_step("builds withdrawn")
    for path in _other_files(home.root):
        mask_file(path, person, search)
    ports.on_step("other files masked")
    ports.tell("proof", "everything is searched")
    with_marts = any(place.startswith("mart ") for place in intent.before)
    after = sums(house, with_marts=with_marts)
    places = search_home(house, search)
    proof = Proof(places=places, moved=tuple(moved(intent.before, after)), before=intent.before, after=after)
    texts = TextsErased(audit=0, reasons=0, causes=0)
    if proof.holds:
        texts = _erase_from_ledger(house, intent, erased, proof, actor=actor)
        ports.on_step("ledger erased")
        forget_freed_space(house.ledger)
        proof = replace(proof, places=(*places, *search_ledger(house, search)))
    if proof.holds:
        forget_intent(home.root)
        ports.on_step("ended")
    return ErasureReport(
        erasure=intent.erasure,
        ids=tuple(one.kind for one in sorted(intent.names)),
        shared=intent.shared,
        erased=erased,
        texts=texts,
        builds=builds,
        proof=proof,
    )


def _erase_entities(house: House, intent: Intent, rewriting: Rewriting, ports: ErasePorts) -> Erased:
    schemas = {(schema.party, schema.entity): schema for schema in house.schemas}
    landed: dict[tuple[str, str], list[Stream]] = {}
    for stream in streams_of(house.home.landing):
        landed.setdefault((stream.party, stream.entity), []).append(stream)
    total = Erased()
    for party, entity in sorted(landed.keys() | _in_lake(house.home.lake)):
        streams = landed.get((party, entity), [])
        with ExitStack() as holding:
            for lock in _locks(house, party, entity, streams):
                what = f"erasing from {party}/{entity}"
                holding.enter_context(hold_lock(lock, what=what, sleep=house.sleep, wait_seconds=_WAIT_SECONDS))
            _clear_leftovers(house, party, entity, streams)
            eraser = EntityEraser(party, entity, schemas.get((party, entity)), intent.person, rewriting)
            found = eraser.erase(streams)
        total = Erased(
            lines=total.lines + found.lines,
            rows=total.rows + found.rows,
            quarantined=total.quarantined + found.quarantined,
        )
        if found.is_any:
            ports.tell("erase", f"{party}/{entity}: {found.lines} lines, {found.rows} rows")
            ports.on_step(f"erased {party}/{entity}")
    return total


def _clear_leftovers(house: House, party: str, entity: str, streams: Sequence[Stream]) -> None:
    """What loads and pulls that died have left lies where it is thrown away, or where it is looked at."""
    shutil.rmtree(LakeLayout(house.home.lake).staging(all_accounts(party, entity)), ignore_errors=True)
    for stream in streams:
        set_unfinished_aside(LandingLayout(house.home.landing), stream)


def _locks(house: House, party: str, entity: str, streams: Sequence[Stream]) -> list[Path]:
    """In one order, so that nobody waits for each other: nobody loads or lands meanwhile."""
    lake, landing = LakeLayout(house.home.lake), LandingLayout(house.home.landing)
    ours = [all_accounts(party, entity), *streams]
    return [*(lake.stream_lock(stream) for stream in ours), *(landing.lock(stream) for stream in streams)]


def _in_lake(lake: Path) -> set[tuple[str, str]]:
    folders = (*lake.glob("raw/*/*/"), *lake.glob("quarantine/*/*/"))
    return {(folder.parent.name, folder.name) for folder in folders}


def _other_files(root: Path) -> list[Path]:
    """What neither the landing zone, the lake, the warehouse nor the ledger is: logs, reports, what programs keep."""
    ours = ("landing", "lake", "published")
    return [
        path
        for path in sorted(root.rglob("*"))
        if path.is_file()
        and not path.is_symlink()
        and path.parent != root
        and path.relative_to(root).parts[0] not in ours
    ]


def _erase_from_ledger(house: House, intent: Intent, erased: Erased, proof: Proof, *, actor: Actor) -> TextsErased:
    """Once: the row that tells of it is written together with what it tells."""
    with reading(house.ledger) as session:
        if is_recorded(session, intent.erasure):
            return TextsErased(audit=0, reasons=0, causes=0)
    told = {
        "ids": sorted(one.kind for one in intent.names),
        "lines": erased.lines,
        "rows": erased.rows,
        "quarantined": erased.quarantined,
        "searched": {each.place: {"files": each.files, "rows": each.rows, "found": 0} for each in proof.places},
        "sums_moved": 0,
        "fingerprints": sorted(Suppressed(house.home.root).fingerprint(one) for one in intent.names),
    }
    with writing(house.ledger, actor=actor, clock=house.clock) as turn:
        return erase_texts(turn, speaks_of(intent.person), erasure=intent.erasure, told=told)
