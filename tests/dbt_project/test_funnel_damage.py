"""The worked example of docs/definitions.md, by its own numbers; then its tables are damaged on purpose, and a named
test notices each."""

import csv
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "definitions.md"
ENTRIES = "assert_every_entry_of_a_funnel_is_an_attempt"
ONCE = "assert_everybody_counts_once_in_a_funnel"
COUNTED = "assert_people_of_a_funnel_are_its_counted_attempts"
SLICES = "assert_slices_of_a_funnel_add_up_to_it"
WINDOW = "assert_no_step_of_a_funnel_lies_outside_its_window"
BINS = "assert_histograms_of_a_funnel_hold_everybody_who_came"
LADDER = "assert_every_user_is_on_one_stage_of_each_ladder"
ATTEMPTS, STEPS = "marts.fct_funnel_attempts", "marts.fct_funnel_steps"


@pytest.fixture(scope="module")
def mill(tmp_path_factory, new_mills):
    mill = new_mills(tmp_path_factory.mktemp("damage"), "duckdb")["duckdb"]
    events, definitions = re.findall(r"```(?:yaml)?\n((?:event_id|workspace: \{timezone)[^`]+)```", PAGE.read_text())
    rows = [{key: value for key, value in row.items() if value} for row in csv.DictReader(events.splitlines())]
    mill.land(
        "product", "events", "files", [row | {"properties": {}} for row in rows], at=datetime(2026, 2, 1, tzinfo=UTC)
    )
    mill.define(definitions)
    mill.build("--select", "+path:models/marts/funnels")
    return mill


def failing(mill, names):
    result = mill.dbt.run("test", "--select", *sorted(names))
    assert {each.status for each in result.result} <= {"pass", "fail", "success"}
    return {each.node.name for each in result.result if each.status == "fail"}


def test_the_worked_example_comes_out_as_the_page_says(mill):
    steps = mill.query(
        "select place, people, open_people, dropped_people, median_seconds_from_previous from marts.fct_funnel_steps"
        " where funnel = 'my checkout' order by place"
    )
    attempts = mill.query(
        "select person_id, seconds_to_convert, is_counted, is_spoiled, is_open from marts.fct_funnel_attempts"
        " where funnel = 'my checkout' order by person_id, entered_at"
    )

    assert steps == [(1, 3, 1, None, None), (2, 2, 0, 1, 300), (3, 1, 0, 1, 64_800), (4, 2, 0, 0, 1200)]
    assert attempts == [
        ("u:ann", 1800, True, False, False),
        ("u:ann", 1500, False, False, False),
        ("u:bob", 66_000, True, False, False),
        ("u:cy", 1800, False, True, False),
        ("u:dee", None, True, False, True),
    ]


def test_nothing_fails_on_what_is_whole(mill):
    assert failing(mill, {ENTRIES, ONCE, COUNTED, SLICES, WINDOW, BINS, LADDER}) == set()


@pytest.mark.parametrize(
    ("damage", "noticed_by"),
    [
        (f"delete from {ATTEMPTS} where person_id = 'u:dee'", {ENTRIES, COUNTED}),
        (f"update {ATTEMPTS} set is_counted = not is_counted where person_id = 'u:ann' and level = 4", {ONCE}),
        (f"update {ATTEMPTS} set is_counted = true where person_id = 'u:ann'", {ONCE, COUNTED}),
        (f"update {ATTEMPTS} set is_counted = false where person_id = 'u:dee'", {ONCE, COUNTED}),
        (f"update {ATTEMPTS} set is_counted = true, is_counted_that_day = true where is_spoiled", {ONCE, COUNTED}),
        (f"update {ATTEMPTS} set level = level - 2 where person_id = 'u:bob'", {COUNTED}),
        (f"update {ATTEMPTS} set is_open = false where person_id = 'u:dee'", {COUNTED}),
        (f"update {ATTEMPTS} set is_counted_that_day = false where person_id = 'u:dee'", {COUNTED}),
        (f"update {STEPS} set people = people + 1 where funnel = 'my checkout' and place = 2", {COUNTED, BINS}),
        (f"delete from {STEPS} where funnel = 'checkout' and breakdown = 'channel' and place = 1", {SLICES}),
        (f"update {STEPS} set people = 0 where funnel = 'checkout' and breakdown = 'country'", {SLICES, BINS}),
        ("update marts.fct_funnel_daily set people = people + 1 where place = 2", {COUNTED}),
        ("delete from marts.fct_funnel_times where funnel = 'checkout' and bin = 0", {BINS}),
        ("update marts.fct_funnel_times set people = people + 1 where bin = 0", {BINS}),
        (
            "update intermediate.int_funnel_attempts__reached set at_2 = ends_at + interval 1 microsecond"
            " where at_2 is not null",
            {WINDOW},
        ),
        ("update intermediate.int_funnel_attempts__reached set at_4 = entered_at where person_id = 'u:bob'", {WINDOW}),
        ("delete from intermediate.int_funnel_instants__linked where steps = 1", {ENTRIES}),
        ("delete from marts.fct_ladder_stages where person_id = 'u:eve'", {LADDER}),
        ("update marts.fct_ladder_stages set place = 2 where person_id = 'u:eve'", {LADDER}),
        ("update marts.fct_ladder_counts set people = 4 where stage = 'new'", {LADDER}),
    ],
)
def test_damage_is_noticed(mill, tmp_path, damage, noticed_by):
    whole = shutil.copy(mill.warehouse.path, tmp_path / "whole.duckdb")
    try:
        mill.query(damage)
        noticed = failing(mill, noticed_by)
    finally:
        shutil.copy(whole, mill.warehouse.path)

    assert noticed == noticed_by
