"""What may be defined and how it is refused: by file, line and remedy, each definition alone."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weir.definitions.funnels import Funnel
from weir.definitions.kinds import Workspace
from weir.definitions.reading import Definitions, read_definitions
from weir.definitions.rivals import Wanted, may_compete, rival_groups, rival_sets

SHIPPED = Path(__file__).resolve().parents[2] / "dbt_project" / "definitions"


@pytest.fixture
def read(tmp_path: Path) -> Any:
    def read(text: str, *, shipped: Path = tmp_path / "none", **more: str) -> Definitions:
        own = tmp_path / "definitions"
        own.mkdir(exist_ok=True)
        for name, content in {"own": text, **more}.items():
            (own / f"{name}.yml").write_text(content, encoding="utf-8")
        return read_definitions(shipped=shipped, own=own)

    return read


def named(definitions: Definitions, kind: str) -> dict[str, dict[str, Any]]:
    return {each.name: each.body for each in definitions.kept if each.kind == kind}


def test_everything_that_is_shipped_is_right() -> None:
    definitions = read_definitions(shipped=SHIPPED, own=SHIPPED / "none")
    assert definitions.refused == ()
    assert set(named(definitions, "goal")) == {"purchase", "signup"}
    assert set(named(definitions, "ladder")) == {"conversion"}
    assert {"acquisition", "checkout", "messages", "onboarding", "outreach leads"} <= set(named(definitions, "funnel"))


def test_what_is_left_out_is_what_the_workspace_says(read: Any) -> None:
    text = """
workspace: {timezone: Europe/Berlin, week_start: sunday, click_window_days: 3, funnel_window_days: 2, direct: keep}
goals:
  - {name: sale, entity: sales}
  - {name: trial, entity: events, event_type: trial, click_window: 36h, view_window: 90s}
funnels:
  - {name: f, steps: [{event: a}, {event: b}]}
  - {name: g, window: 30m, timezone: UTC, steps: [{event: a}, {event: b}]}
retentions: [{name: r, start: a, return: "*"}]
"""
    definitions = read(text)
    assert definitions.refused == ()
    goals, funnels = named(definitions, "goal"), named(definitions, "funnel")
    assert [goals["sale"][key] for key in ("click_window_days", "view_window_days", "direct")] == [3, 1, "keep"]
    assert [goals["trial"][key] for key in ("click_window_days", "view_window_seconds")] == [1.5, 90]
    assert [funnels["f"][key] for key in ("window_seconds", "timezone")] == [172_800, "Europe/Berlin"]
    assert [funnels["g"][key] for key in ("window_seconds", "timezone")] == [1800, "UTC"]
    assert named(definitions, "retention")["r"]["week_start"] == "sunday"


def test_a_definition_of_ones_own_takes_the_shipped_ones_place(read: Any) -> None:
    definitions = read("goals: [{name: purchase, entity: sales, click_window: 1d}]", shipped=SHIPPED)
    assert named(definitions, "goal")["purchase"]["click_window_days"] == 1
    assert "signup" in named(definitions, "goal")


def test_a_wrong_one_takes_it_too_so_that_nobody_sees_what_they_replaced(read: Any) -> None:
    definitions = read("goals: [{name: purchase, entity: sale}]", shipped=SHIPPED)
    assert set(named(definitions, "goal")) == {"signup"}
    assert len(definitions.refused) == 1


REFUSED = (  # what is written, and what is said
    (
        "goals: [{name: g, entity: sale}]",
        "own.yml:1: goal g, entity: 'sale' is not known; one of 'sales' or 'events'",
    ),
    (
        "goals: [{name: g, entity: events}]",
        "own.yml:1: goal g: a goal of events needs their type; add event_type, such as event_type: signup",
    ),
    (
        "gaols: []",
        "own.yml:1: gaols: nothing is defined by that name; did you mean goals?",
    ),
    (
        "funnels:\n  - name: f\n    steps: [{event: a}, {evnt: b}]",
        "own.yml:3: funnel f, steps.2.evnt: there is no such field; did you mean event?",
    ),
    (
        "funnels: [{name: f, window: 14, steps: [{event: a}, {event: b}]}]",
        "own.yml:1: funnel f, window: 14 is no span of time; write a whole number and s, m, h, d or w, such as 14d",
    ),
    (
        "funnels: [{name: f, window: 0d, steps: [{event: a}, {event: b}]}]",
        "'0d' is out of range; between 1s and 3660d",
    ),
    (
        "funnels: [{name: f, steps: [{event: a}]}]",
        "funnel f: 1 steps; a funnel has 2 to 20",
    ),
    (
        "funnels: [{name: f, steps: [{event: a}, {event: b, optional: true}]}]",
        "the first and the last step are never optional; leave optional out, or the step",
    ),
    (
        "funnels: [{name: f, mode: strict, steps: [{event: a}, {event: b}], exclusions: [{event: x, from: 1, to: 2}]}]",
        "a strict funnel takes no exclusions; leave them out, or use mode: ordered",
    ),
    (
        "funnels: [{name: f, steps: [{event: a}, {event: b}], exclusions: [{event: x, from: 2, to: 2}]}]",
        "from 2 to 2 is between no two of the 2 steps; name two steps by their places, the earlier first",
    ),
    (
        "funnels: [{name: f, steps: [{event: a}, {event: a, optional: true}, {event: b}]}]",
        "the optional step 2 and another one may want the same event; tell them apart with where, or leave one out",
    ),
    (
        "funnels: [{name: f, steps: [{event: a}, {event: b}], range: {from: 2026-02-01, to: 2026-02-01}}]",
        "no day lies between 2026-02-01 and 2026-02-01; `to` is the day after the last that counts",
    ),
    (
        "funnels: [{name: f, steps: [{entity: touches, event: clik}, {event: b}]}]",
        "touches know no 'clik'; one of click, paid_click, touch, view, visit",
    ),
    (
        "workspace: {timezone: Europe/Berln}",
        "workspace, timezone: 'Europe/Berln' is no time zone; did you mean Europe/Berlin? (such as Europe/Berlin)",
    ),
    (
        "workspace: {session_minutes: 0}",
        "workspace, session_minutes: 0: input should be greater than or equal to 1",
    ),
    (
        "goals: [{name: g, entity: events, event_type: yes}]",
        "goal g, event_type: True is no text; put it in quotes",
    ),
    (
        "goals: [\n",
        "own.yml:2: the whole file: while parsing a flow node",
    ),
    (
        "goals:\n  - {name: a, name: b, entity: sales}",
        "own.yml:2: the whole file: 'name' stands here a second time; leave one of the two out",
    ),
    (
        "goals: [&x {name: g, entity: sales}, *x]",
        "*x stands for something else; write it out instead",
    ),
    (
        "goals:\n  - {name: g, entity: sales}\n  - {name: g, entity: sales}",
        "own.yml:3: goal g: it stands in definitions/own.yml:2 already; leave one of the two out",
    ),
    (
        "funnels: [{name: f, steps: [{event: a}, {event: b}], range: {from: 2026-02-30}}]",
        "own.yml:1: the whole file: '2026-02-30'",
    ),
    (
        "ladders: [{name: l, stages: [{stage: a}, {stage: b}]}]",
        "a stage above the first needs its event",
    ),
    (
        "retentions: [{name: r, start: a, return: b, kind: bracketed}]",
        "brackets and kind: bracketed belong together",
    ),
    (
        "retentions: [{name: r, start: a, return: b, kind: bracketed, brackets: [[1, 2, 5]]}]",
        "[1, 2, 5] is no bracket; name its first and its last period",
    ),
    (
        "retentions: [{name: r, start: a, return: b, kind: bracketed, brackets: [[1], [0, 2]]}]",
        "only the first bracket can hold period 0",
    ),
)


@pytest.mark.parametrize(("text", "expected"), REFUSED, ids=range(len(REFUSED)))
def test_what_is_wrong_is_refused_with_its_line_and_a_remedy_and_the_rest_counts(
    read: Any, text: str, expected: str
) -> None:
    definitions = read(text, right="aliases: [{source: facebook, from: spring-sale, to: spring_sale}]")
    assert any(expected in str(refusal) for refusal in definitions.refused), [str(each) for each in definitions.refused]
    assert set(named(definitions, "alias")) == {"facebook: spring-sale"}


def test_a_file_that_is_no_text_is_refused_and_the_rest_counts(read: Any, tmp_path: Path) -> None:
    read("goals: []")
    (tmp_path / "definitions" / "bad.yml").write_bytes(b"goals: [\xff]")
    definitions = read("goals: [{name: g, entity: sales}]")
    assert [each.problem for each in definitions.refused] == ["it is no UTF-8 text"]
    assert set(named(definitions, "goal")) == {"g"}


def test_steps_have_numbers_among_the_required_and_places_among_all(read: Any) -> None:
    text = """
funnels:
  - name: f
    steps: [{event: a}, {event: o, optional: true}, {event: a}, {event: p, optional: true}, {event: b}]
    exclusions: [{event: x, from: 3, to: 5}]
"""
    body = named(read(text), "funnel")["f"]
    assert [step["place"] for step in body["required"]] == [1, 3, 5]
    assert [(step["place"], step["follows"]) for step in body["optional"]] == [(2, 1), (4, 2)]
    assert [(each["from"], each["to"]) for each in body["exclusions"]] == [(2, 3)]
    assert body["rivals"] == [rival_sets([1, 2])]


@pytest.mark.parametrize(
    ("one", "other", "compete"),
    [
        (("a", {}), ("a", {}), True),
        (("a", {}), ("b", {}), False),
        (("*", {}), ("b", {"k": 1}), True),
        (("a", {"k": "x"}), ("a", {"k": "y"}), False),
        (("a", {"k": "x"}), ("a", {"n": "y"}), True),
        (("a", {"k": 1}), ("a", {"k": 2}), False),
        (("a", {"k": "1"}), ("a", {"k": 1}), True),  # a property 1 is written like a property "1"
        (("a", {"k": True}), ("a", {"k": False}), False),
    ],
)
def test_two_steps_compete_unless_no_event_can_be_both(one: Any, other: Any, compete: bool) -> None:
    first, second = (Wanted(entity="events", event=event, where=where) for event, where in (one, other))
    assert may_compete(first, second) is compete
    assert may_compete(second, first) is compete


@given(st.lists(st.sampled_from(["a", "b", "c", "*"]), min_size=1, max_size=7))
def test_groups_of_rivals_hold_every_pair_that_competes(events: list[str]) -> None:
    steps = [Wanted(entity="events", event=event, where={}) for event in events]
    group_of = {number: index for index, group in enumerate(rival_groups(steps)) for number in group}
    for one in range(len(steps)):
        for other in range(one):
            if may_compete(steps[one], steps[other]):
                assert group_of[one + 1] == group_of[other + 1]


def test_every_setting_and_every_field_says_what_it_is() -> None:
    for model in (Workspace, Funnel):
        assert {name for name, each in model.model_fields.items() if not each.description} == set()
