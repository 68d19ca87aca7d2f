"""Runs of the pull job in a practice world: what they say, how they fail, what is tried again, what never leaks."""

from datetime import date
from typing import Any

import dagster as dg

from assets.keys import landing_key
from connectors.ad_platform import DayWindow
from connectors.landing.pending import find_pending


def events(result: dg.ExecuteInProcessResult, kind: dg.DagsterEventType) -> list[dg.DagsterEvent]:
    return [event for event in result.all_events if event.event_type is kind]


def failure_of(result: dg.ExecuteInProcessResult) -> Any:
    (event,) = events(result, dg.DagsterEventType.STEP_FAILURE)
    return event.step_failure_data.user_failure_data


def check(result: dg.ExecuteInProcessResult, name: str, party: str) -> dg.AssetCheckEvaluation:
    (found,) = [
        each
        for each in result.get_asset_check_evaluations()
        if each.check_name == name and each.asset_key.path[1] == party
    ]
    return found


def landed_windows(practice: Any) -> dict[tuple[str, str], DayWindow | None]:
    return {
        (each.stream.party, each.stream.entity): each.manifest.pull.window
        for each in find_pending(practice.house.home.landing).landed
    }


def test_a_pull_says_what_it_brought_in_words_a_person_reads(practice, metadata_of) -> None:
    result = practice.pull("tiktok_ads")
    assert result.success
    told = metadata_of(result, landing_key(practice.account("tiktok_ads")))
    # At six o'clock UTC it is one in the morning of the same day in New York.
    assert (told["window"], told["days"]) == ("2026-10-28 to 2026-11-06 (exclusive)", 9)
    assert (told["account"], told["time zone"]) == ("Larkspur US", "America/New_York")
    assert told["requests"] == len(practice.sim.log.all("tiktok_ads"))
    by_entity = {row["entity"]: row["rows"] for row in told["entities"]}
    assert list(by_entity) == ["accounts", "campaigns", "ad_groups", "ads", "creatives", "ad_daily", "account_daily"]
    assert by_entity["accounts"] == 1
    assert told["rows"] == sum(by_entity.values())
    amount, currency = told["spend"].split()
    assert currency == "USD"
    assert float(amount) > 0


def test_a_revoked_token_fails_once_and_names_the_remedy_and_stops_no_other_account(practice) -> None:
    revoked = practice.account("tiktok_ads")
    practice.sim.faults.revoke("tiktok_ads", revoked.account_id)
    result = practice.pull()
    assert not result.success
    assert events(result, dg.DagsterEventType.STEP_UP_FOR_RETRY) == []
    failure = failure_of(result)
    assert "Renew the credential named in the environment" in failure.description
    assert failure.metadata["what"].value == "AuthExpired"
    assert failure.metadata["account"].value == revoked.account_id
    assert len(practice.sim.log.all("tiktok_ads")) == 1
    landed = {party for party, _ in landed_windows(practice)}
    assert landed == {"telegram"}


def test_a_storm_of_503s_is_sat_out_and_the_pull_succeeds(practice) -> None:
    """A call is tried six times before it gives up: eight answers of 503 end the first try of the step, not the
    second."""
    practice.sim.faults.switch_on("server_error", party="tiktok_ads", status=503, count=8)
    result = practice.pull("tiktok_ads")
    assert result.success
    assert len(events(result, dg.DagsterEventType.STEP_UP_FOR_RETRY)) == 1
    assert len(practice.waited) == 5 + 2


def test_a_storm_that_does_not_end_fails_after_four_tries_and_says_that_later_may_be_better(practice) -> None:
    practice.sim.faults.switch_on("server_error", party="tiktok_ads", status=503)
    result = practice.pull("tiktok_ads")
    assert not result.success
    assert len(events(result, dg.DagsterEventType.STEP_UP_FOR_RETRY)) == 3
    assert len(practice.sim.log.all("tiktok_ads")) == 4 * 6
    assert "Trying again later can help" in failure_of(result).description


def test_what_landed_before_a_failure_stays_and_only_what_failed_is_missing(practice) -> None:
    practice.sim.faults.switch_on("html", party="tiktok_ads", path="report/integrated")
    result = practice.pull("tiktok_ads")
    assert not result.success
    entities = {entity for _, entity in landed_windows(practice)}
    assert entities == {"accounts", "campaigns", "ad_groups", "ads", "creatives"}
    description = failure_of(result).description
    assert "an HTML page" in description


def test_a_window_is_the_days_asked_for_also_where_summer_time_ends(practice) -> None:
    """New York's clocks go back on 2026-11-01."""
    practice.pull("tiktok_ads", since="2026-10-31", through="2026-11-02")
    assert landed_windows(practice)["tiktok_ads", "ad_daily"] == DayWindow(date(2026, 10, 31), date(2026, 11, 3))


def test_a_window_ends_with_the_day_that_runs_where_the_account_is(practice) -> None:
    """At three in the morning UTC of the 6th, New York has ten at night of the 5th."""
    practice.sim.control.advance(hours=21)
    practice.pull("tiktok_ads", since="2026-11-04", through="2026-11-06")
    assert landed_windows(practice)["tiktok_ads", "ad_daily"] == DayWindow(date(2026, 11, 4), date(2026, 11, 6))


def test_a_day_that_has_not_begun_for_the_account_is_nothing_to_ask(practice, metadata_of) -> None:
    result = practice.pull("tiktok_ads", since="2026-11-06", through="2026-11-06")
    assert result.success
    told = metadata_of(result, landing_key(practice.account("tiktok_ads")))
    assert told == {"rows": 0, "why": "2026-11-06 has not begun for this account: its today is 2026-11-05"}
    assert landed_windows(practice) == {}


def test_failed_days_turn_the_check_red_until_they_are_pulled_again(practice) -> None:
    practice.sim.faults.revoke("tiktok_ads", practice.account("tiktok_ads").account_id)
    practice.pull(since="2026-11-01", through="2026-11-03")
    found = check(practice.check_accounts(), "has_no_failed_partitions", "tiktok_ads")
    assert not found.passed
    assert found.metadata["failed"].value == 3
    assert found.description == "2026-11-01: the last pull failed; run this partition again"

    practice.sim.faults.clear()
    again = practice.pull("tiktok_ads", since="2026-11-01", through="2026-11-02")
    assert check(again, "has_no_failed_partitions", "tiktok_ads").metadata["failed"].value == 1
    rest = practice.pull("tiktok_ads", since="2026-11-03", through="2026-11-03")
    assert check(rest, "has_no_failed_partitions", "tiktok_ads").passed
    healthy = check(practice.check_accounts(), "has_no_failed_partitions", "telegram")
    assert healthy.passed


def test_an_account_whose_pulls_stop_turns_stale_entity_by_entity(practice) -> None:
    never = check(practice.check_accounts(), "is_fresh", "tiktok_ads")
    assert not never.passed
    assert never.metadata["why"].value.count("never pulled") == 7

    practice.pull()
    assert check(practice.check_accounts(), "is_fresh", "tiktok_ads").passed
    practice.sim.control.advance(hours=26)
    assert check(practice.check_accounts(), "is_fresh", "tiktok_ads").passed
    practice.sim.control.advance(hours=1)
    practice.sim.faults.switch_on("html", party="tiktok_ads", path="report/integrated")
    practice.pull("tiktok_ads")
    stale = check(practice.check_accounts(), "is_fresh", "tiktok_ads")
    assert not stale.passed
    assert stale.description.endswith("ad_daily: last pulled 27.0 h ago, over the 26 h tolerated")
    assert "creatives: 0.0 h old" in stale.metadata["why"].value


def test_no_secret_is_ever_told_to_dagster(practice) -> None:
    """Whatever happens: a pull that works, one that is refused, one whose every answer is broken."""
    results = [practice.pull()]
    practice.sim.faults.revoke("tiktok_ads", practice.account("tiktok_ads").account_id)
    results.append(practice.pull())
    for kind in ("server_error", "html", "malformed", "reset"):
        practice.sim.faults.clear()
        practice.sim.faults.switch_on(kind)
        results.append(practice.pull())
    secrets = [value for each in practice.sim.credentials for name, value in each.fields.items() if name != "ID"]
    assert len(secrets) == 2
    told = [entry.to_json() for result in results for entry in practice.instance.all_logs(result.run_id)]
    told += [repr(practice.instance.get_run_by_id(result.run_id)) for result in results]
    assert len(told) > 100
    for secret in secrets:
        assert not [text for text in told if secret in text]
        files = [path for path in practice.house.home.root.rglob("*") if path.is_file()]
        assert not [path for path in files if secret.encode() in path.read_bytes()]
