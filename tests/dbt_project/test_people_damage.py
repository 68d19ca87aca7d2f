"""The tables of people, sessions and touches are damaged on purpose, a row at a time: a named test notices each."""

import shutil
from datetime import UTC, datetime

import pytest

EVENTS = "assert_every_event_is_one_persons_or_left_out"
TOUCHES = "assert_every_touch_is_one_persons_or_left_out"
NUMBERED = "assert_the_events_of_a_person_are_numbered_without_gaps"
IN_SESSIONS = "assert_the_events_of_sessions_are_all_events"
PAUSES = "assert_sessions_end_by_a_pause_or_by_a_paid_click"
ONE_CHANNEL = "assert_a_session_has_one_channel"
SHARED = "assert_a_device_of_several_users_is_merged_with_none"
FIRST_TOUCH = "assert_acquisition_is_the_first_touch_ever"
PRESENT = "assert_whoever_did_something_is_in_dim_people"
AGREES = "assert_what_a_touch_is_owed_to_agrees_with_its_channel"


def event(name, at, user=None, device=None, **properties):
    said = {"event_id": name, "event_type": "read", "occurred_at": f"2026-03-01T{at}Z", "properties": properties}
    return said | {"user_id": user, "anonymous_id": device}


def touch(name, at, user, **tags):
    return {"touch_id": name, "occurred_at": f"2026-03-01T{at}Z", "user_id": user, "touch_kind": "click", **tags}


@pytest.fixture(scope="module")
def mill(tmp_path_factory, new_mills):
    """Ann reads on her phone and on the family's, comes by a letter and by an ad; Bob reads too; somebody tests."""
    mill = new_mills(tmp_path_factory.mktemp("damage"), "duckdb")["duckdb"]
    events = [
        event("e1", "10:00:00", device="phone"),
        event("e2", "10:05:00", user="ann", device="phone"),
        event("e3", "12:00:00", user="ann", device="family"),
        event("e4", "12:00:00", user="bob", device="family"),
        event("e5", "12:30:00", device="family"),
        event("e6", "12:30:00", user="tester", is_test=True),
    ]
    letter = {"utm_source": "newsletter", "utm_medium": "email"}
    ad = {"utm_source": "x", "utm_medium": "cpc", "platform": "x_ads", "campaign_id": "X1"}
    touches = [
        touch("t1", "10:00:00", "ann", **letter),
        touch("t2", "10:06:00", "ann"),
        touch("t3", "10:07:00", "ann", **ad),
        touch("t4", "10:00:00", "tester"),
    ]
    at = datetime(2026, 11, 20, tzinfo=UTC)
    mill.land("product", "events", "files", events, at=at, complete=False)
    mill.land("product", "touches", "files", touches, at=at, complete=False)
    mill.build("--select", "+dim_people", "+int_sessions__built", "+fct_identity_exceptions")
    return mill


def failing(mill, names):
    result = mill.dbt.run("test", "--select", *sorted(names))
    assert {each.status for each in result.result} <= {"pass", "fail", "success"}
    return {each.node.name for each in result.result if each.status == "fail"}


def test_nothing_fails_on_what_is_whole(mill):
    named = {EVENTS, TOUCHES, NUMBERED, IN_SESSIONS, PAUSES, ONE_CHANNEL, SHARED, FIRST_TOUCH, PRESENT, AGREES}

    assert failing(mill, named) == set()


@pytest.mark.parametrize(
    ("damage", "noticed_by"),
    [
        ("delete from intermediate.int_events__identified where event_id = 'e2'", {EVENTS, IN_SESSIONS, NUMBERED}),
        (
            "insert into intermediate.int_events__identified select * replace (event_seq + 1 as event_seq)"
            " from intermediate.int_events__identified where event_id = 'e4'",
            {EVENTS, IN_SESSIONS},
        ),
        (
            "update intermediate.int_events__identified set person_id = 'u:bob', event_seq = 2 where event_id = 'e3'",
            {IN_SESSIONS},
        ),
        (
            "update intermediate.int_events__identified set event_seq = 3 - event_seq where person_id = 'u:ann'"
            " and event_seq < 3",
            {NUMBERED},
        ),
        ("delete from marts.fct_identity_exceptions where rule = 'test'", {EVENTS, TOUCHES}),
        ("update intermediate.int_people__stitched set person_id = 'u:ann' where identity_id = 'family'", {SHARED}),
        ("update intermediate.int_people__stitched set person_id = 'u:bob' where identity_id = 'phone'", {SHARED}),
        ("delete from marts.dim_touches where touch_id = 't2'", {TOUCHES}),
        ("update marts.dim_touches set is_session_start = false where touch_id = 't1'", {ONE_CHANNEL}),
        ("update marts.dim_touches set is_session_start = true where touch_id = 't2'", {ONE_CHANNEL}),
        ("update marts.dim_touches set session_id = 'u:ann/2' where touch_id = 't2'", {ONE_CHANNEL}),
        ("update marts.dim_touches set is_paid = false where touch_id = 't3'", {AGREES, PAUSES}),
        ("update marts.dim_touches set campaign_id = null where touch_id = 't3'", {AGREES}),
        ("update marts.dim_touches set campaign_id = 'X1' where touch_id = 't1'", {AGREES}),
        (
            "update intermediate.int_sessions__built set ended_at = ended_at + interval 3 hour"
            " where session_id = 'u:ann/1'",
            {PAUSES},
        ),
        ("update intermediate.int_sessions__built set events = events - 1 where session_id = 'u:ann/3'", {IN_SESSIONS}),
        ("delete from intermediate.int_sessions__built where session_id = 'a:family/1'", {IN_SESSIONS}),
        ("update marts.dim_people set acquisition_touch_id = 't3' where person_id = 'u:ann'", {FIRST_TOUCH}),
        ("update marts.dim_people set acquisition_channel = 'Direct' where person_id = 'u:ann'", {FIRST_TOUCH}),
        ("delete from marts.dim_people where person_id = 'u:bob'", {PRESENT}),
        ("update marts.dim_people set person_id = 'u:tester' where person_id = 'u:bob'", {PRESENT}),
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
