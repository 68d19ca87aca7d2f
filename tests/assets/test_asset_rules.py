"""Small rules between Weir and Dagster: what is tried again, which days a range covers, what a dbt test is called."""

from datetime import UTC, date, datetime
from typing import Any

import dagster as dg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.day_range import RANGE_END, RANGE_START, range_tags
from assets.dbt_marts import BadInstant, Build, as_of_in
from assets.dbt_tests import attach_singular_tests, describe_test
from assets.failures import Retries, tell_dagster
from assets.keys import account_pool, days_partitions, op_name
from connectors.ad_platform import AccountRef, DayWindow
from connectors.taxonomy import AuthExpired, RateLimited, Said, TransientError

SAID = Said(party="meta_ads", call="GET act_1", message="no", account_id="1", code="190")
PASSING, WAITING, LASTING = TransientError(SAID), RateLimited(SAID, wait_seconds=90.0), AuthExpired(SAID)


@pytest.mark.parametrize(
    ("failures", "retry_number", "wait"),
    [
        ([PASSING], 0, 30.0),
        ([PASSING], 1, 60.0),
        ([PASSING], 2, 120.0),
        ([PASSING], 3, None),
        ([WAITING], 0, 90.0),
        ([WAITING, PASSING], 2, 120.0),
        ([RateLimited(SAID, wait_seconds=601.0)], 0, None),
        ([RateLimited(SAID)], 0, 30.0),
        ([LASTING], 0, None),
        ([PASSING, LASTING], 0, None),
        ([ValueError("a slip of ours")], 0, None),
    ],
    ids=[
        "the first wait",
        "twice as long",
        "and again",
        "tried enough",
        "the wait that was stated",
        "the longer of the two",
        "a wait that is the next run's",
        "a wait that nobody stated",
        "never helps",
        "one of two never helps",
        "no party's failure",
    ],
)
def test_only_what_may_pass_by_itself_is_tried_again(
    failures: list[Exception], retry_number: int, wait: float | None
) -> None:
    with pytest.raises((dg.RetryRequested, dg.Failure)) as raised:
        tell_dagster(failures, retries=Retries(), retry_number=retry_number)
    if wait is None:
        assert isinstance(raised.value, dg.Failure)
        assert not raised.value.allow_retries
    else:
        assert isinstance(raised.value, dg.RetryRequested)
        assert (raised.value.seconds_to_wait, raised.value.max_retries) == (wait, 3)


def test_a_failure_names_every_reason_the_lasting_ones_first_and_what_to_do() -> None:
    with pytest.raises(dg.Failure) as raised:
        tell_dagster([PASSING, LASTING, PASSING], retries=Retries(), retry_number=0)
    assert (raised.value.description or "").splitlines() == [str(LASTING), str(PASSING)]
    facts = {name: value.value for name, value in raised.value.metadata.items()}
    assert (facts["what"], facts["platform"], facts["account"]) == ("AuthExpired", "meta_ads", "1")
    assert facts["remedy"] == AuthExpired.remedy


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        ((date(2026, 11, 1), date(2026, 11, 4)), ("2026-11-01", "2026-11-03")),
        ((date(2025, 6, 1), date(2026, 1, 3)), ("2026-01-01", "2026-01-02")),
        ((date(2026, 11, 18), date(2026, 11, 30)), ("2026-11-18", "2026-11-20")),
        ((date(2026, 12, 1), date(2026, 12, 2)), ("2026-11-20", "2026-11-20")),
        ((date(2025, 6, 1), date(2025, 6, 2)), ("2026-01-01", "2026-01-01")),
    ],
    ids=["as asked", "before the first day", "past today", "all ahead", "all before"],
)
def test_a_range_has_only_days_that_have_partitions(window: tuple[date, date], expected: tuple[str, str]) -> None:
    days = days_partitions(first_day=date(2026, 1, 1))
    tags = range_tags(DayWindow(*window), days=days, today=date(2026, 11, 20))
    assert (tags[RANGE_START], tags[RANGE_END]) == expected


@pytest.mark.parametrize(("days_ahead", "last"), [(0, "2026-11-01"), (31, "2026-12-02")], ids=["real", "practice"])
def test_the_running_day_is_a_partition_and_ahead_of_it_only_what_a_practice_world_needs(
    days_ahead: int, last: str
) -> None:
    days = days_partitions(first_day=date(2026, 1, 1), days_ahead=days_ahead)
    keys = days.get_partition_keys(current_time=datetime(2026, 11, 1, 0, 30, tzinfo=UTC))
    assert (keys[0], keys[-1]) == ("2026-01-01", last)


@given(st.text(min_size=1))
def test_any_account_id_gives_a_name_that_dagster_takes(account_id: str) -> None:
    name = op_name("pull", "telegram", account_id)
    assert name.replace("_", "a").isalnum()
    assert name.isascii()
    pool = account_pool(AccountRef(party="telegram", account_id=account_id, credential_prefix="T"))
    assert pool.startswith("telegram__")


def test_a_build_at_an_instant_is_published_as_of_that_instant() -> None:
    at = "2026-11-05T06:30:00+02:00"
    run = dg.DagsterRun(job_name="j", run_config={"ops": {"build_models": {"config": {"as_of": at}}}})
    assert as_of_in(run) == datetime(2026, 11, 5, 4, 30, tzinfo=UTC)
    assert Build(as_of=at).arguments() == ["--vars", f'{{"as_of": "{at}"}}']


@pytest.mark.parametrize("config", [{}, {"ops": {}}, {"ops": {"build_models": {"config": {"as_of": None}}}}])
def test_a_build_of_everything_known_names_no_instant(config: dict[str, Any]) -> None:
    assert as_of_in(dg.DagsterRun(job_name="j", run_config=config)) is None
    assert Build().arguments() == ["--vars", '{"as_of": null}']
    assert Build(full_refresh=True).arguments()[-1] == "--full-refresh"


@pytest.mark.parametrize("text", ["yesterday", "2026-11-05T06:30:00"])
def test_an_instant_that_could_be_several_is_refused(text: str) -> None:
    with pytest.raises(BadInstant, match="2026-11-20T06:00:00"):
        Build(as_of=text).arguments()


def generic(name: str, **arguments: Any) -> dict[str, Any]:
    return {"name": "t", "description": "", "raw_code": "", "test_metadata": {"name": name, "kwargs": arguments}}


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (generic("not_null", column_name="spend"), "`spend` is always known."),
        (generic("unique", column_name="id"), "No two rows share a `id`."),
        (generic("accepted_values", column_name="line", values=["ads", "rest"]), "`line` is one of ads, rest."),
        (generic("relationships", column_name="ad_id", field="id", to="x"), "Every `ad_id` is a known `id`."),
        (generic("unique_grain", columns=["a", "b"]), "No two rows agree in all of a, b."),
        (generic("is_positive", column_name="spend"), "Is positive of `spend`."),
        ({**generic("unique", column_name="id"), "description": "Ids are unique. "}, "Ids are unique."),
        (
            {"name": "assert_a", "description": "", "raw_code": "-- Spend staged\n-- is spend shown.\nselect 1"},
            "Spend staged is spend shown.",
        ),
        ({"name": "assert_nothing_is_lost", "description": "", "raw_code": "select 1"}, "Nothing is lost."),
    ],
    ids=lambda value: value if isinstance(value, str) else value["name"],
)
def test_a_data_test_says_what_it_claims(node: dict[str, Any], expected: str) -> None:
    assert describe_test(node) == expected


def test_a_test_of_several_models_shows_on_the_one_furthest_down_unless_it_names_its_own() -> None:
    def test(*models: str, **more: Any) -> dict[str, Any]:
        return {"resource_type": "test", "depends_on": {"nodes": list(models)}, **more}

    manifest = {
        "nodes": {
            "model.raw": {"resource_type": "model", "name": "raw"},
            "model.mart": {"resource_type": "model", "name": "mart"},
            "test.both": test("model.mart", "model.raw"),
            "test.one": test("model.raw"),
            "test.generic": test("model.mart", "model.raw", attached_node="model.raw"),
            "test.own": test("model.mart", "model.raw", config={"meta": {"dagster": {"ref": {"name": "raw"}}}}),
        },
        "parent_map": {"model.mart": ["model.raw"], "model.raw": []},
    }
    attached = attach_singular_tests(manifest)["nodes"]
    assert attached["test.both"]["meta"]["dagster"]["ref"] == {"name": "mart"}
    for untouched in ("test.one", "test.generic", "test.own", "model.mart"):
        assert attached[untouched] == manifest["nodes"][untouched]
