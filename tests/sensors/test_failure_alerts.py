"""Alerts from real runs to a real receiver: one for each cause, over when it works again, silent about secrets."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from actions.house import open_house
from sensors.failures import build_tell_owners_of_failures, build_tell_owners_of_recoveries

NOTHING_NEW = "Sensor function returned an empty result"  # as Dagster puts it


@dataclass
class Works:
    """Two accounts and a table; what is named in `broken` fails, what is in `wrong` fails its check."""

    broken: set[str] = field(default_factory=set)
    clumsy: set[str] = field(default_factory=set)
    wrong: set[str] = field(default_factory=set)
    severity: dg.AssetCheckSeverity = dg.AssetCheckSeverity.ERROR

    def definitions(self) -> dg.Definitions:
        def pull(name: str) -> dg.AssetsDefinition:
            @dg.asset(name=name, check_specs=[dg.AssetCheckSpec("is_whole", asset=name)])
            def step() -> Iterator[Any]:
                if name in self.clumsy:
                    raise ZeroDivisionError("a slip of ours")
                if name in self.broken:
                    raise dg.Failure(f"{name}: the token was revoked. Renew it.", allow_retries=False)
                yield dg.Output(None)
                yield dg.AssetCheckResult(
                    passed=name not in self.wrong, severity=self.severity, description=f"{name}: a row is missing"
                )

            return step

        return dg.Definitions(
            assets=[pull("one"), pull("other")],
            jobs=[dg.define_asset_job("pull")],
            executor=dg.in_process_executor,
        )


@dataclass
class Watch:
    """Both sensors, ticked as the daemon would until they have seen every run."""

    home: Path
    address: str
    works: Works
    instance: dg.DagsterInstance
    cursors: dict[str, str | None] = field(default_factory=dict)

    def run(self, *, tags: dict[str, str] | None = None) -> None:
        job = self.works.definitions().resolve_job_def("pull")
        job.execute_in_process(instance=self.instance, raise_on_error=False, tags=tags)

    def tick(self) -> list[str]:
        said: list[str] = []
        house = replace(open_house(self.environ), sleep=lambda seconds: None)
        for build in (build_tell_owners_of_failures, build_tell_owners_of_recoveries):
            sensor = build(dg.DefaultSensorStatus.RUNNING)
            context = dg.build_sensor_context(
                instance=self.instance,
                cursor=self.cursors.get(sensor.name),
                resources={"house": house},
                definitions=self.works.definitions(),
            )
            tick = sensor.evaluate_tick(context)
            self.cursors[sensor.name] = tick.cursor
            said += [tick.skip_message] if tick.skip_message and tick.skip_message != NOTHING_NEW else []
            said += [str(reaction.error) for reaction in tick.dagster_run_reactions or () if reaction.error]
        return said

    @property
    def environ(self) -> dict[str, str]:
        return {"WEIR_HOME": str(self.home), "WEIR_ALERT_WEBHOOK_URL": self.address}


@pytest.fixture
def watch(tmp_path: Path, receiver: Any) -> Iterator[Watch]:
    with dg.DagsterInstance.ephemeral() as instance:
        opened = Watch(tmp_path, receiver.address, Works(), instance)
        opened.tick()  # the first tick only notes where to begin
        yield opened


def causes(receiver: Any) -> list[str]:
    return [message["cause"] for message in receiver.received]


def test_a_failed_run_is_told_once_however_often_it_fails(watch: Watch, receiver: Any) -> None:
    watch.works.broken = {"one"}
    for _ in range(3):
        watch.run()
        watch.tick()
    (message,) = receiver.received
    assert message["cause"] == "step one"
    assert message["text"] == "step one: one: the token was revoked. Renew it. (team:growth)"
    assert message["link"].startswith("/runs/")


def test_a_slip_of_our_own_is_told_by_what_went_wrong_not_by_where_it_was_caught(watch: Watch, receiver: Any) -> None:
    watch.works.clumsy = {"one"}
    watch.run()
    watch.tick()
    assert receiver.received[0]["text"] == "step one: ZeroDivisionError: a slip of ours (team:growth)"


def test_what_broke_later_is_news_though_the_job_was_broken_before(watch: Watch, receiver: Any) -> None:
    watch.works.broken = {"one"}
    watch.run()
    watch.tick()
    watch.works.broken = {"one", "other"}
    watch.run()
    watch.tick()
    assert causes(receiver) == ["step one", "step other"]


def test_a_cause_is_over_once_its_step_works_even_in_a_run_that_fails(watch: Watch, receiver: Any) -> None:
    watch.works.broken = {"one", "other"}
    watch.run()
    watch.tick()
    watch.works.broken = {"other"}
    watch.run()
    assert "step one: over" in watch.tick()[0]
    watch.works.broken = {"one"}
    watch.run()
    watch.tick()
    assert causes(receiver) == ["step one", "step other", "step one"]


def test_a_run_that_works_closes_what_was_open_and_a_return_is_news(watch: Watch, receiver: Any) -> None:
    for broken in ({"one"}, set(), {"one"}):
        watch.works.broken = broken
        watch.run()
        watch.tick()
    assert causes(receiver) == ["step one", "step one"]


def test_a_check_that_found_an_error_is_told_though_its_run_succeeded(watch: Watch, receiver: Any) -> None:
    watch.works.wrong = {"one"}
    watch.run()
    assert watch.tick() == ["check one is_whole: told"]
    assert receiver.received[0]["text"] == "check one is_whole: one: a row is missing (team:growth)"


def test_a_warning_is_nobodys_alarm_and_closes_one(watch: Watch, receiver: Any) -> None:
    watch.works.wrong = {"one"}
    watch.run()
    watch.tick()
    watch.works.severity = dg.AssetCheckSeverity.WARN
    watch.run()
    assert watch.tick() == ["check one is_whole: over"]
    assert len(receiver.received) == 1


def test_a_run_that_is_started_again_by_itself_is_no_news_yet(watch: Watch, receiver: Any) -> None:
    watch.works.broken = {"one"}
    watch.run(tags={"dagster/will_retry": "true"})
    assert "is started again by itself" in watch.tick()[0]
    assert receiver.received == []


def test_a_run_that_died_before_its_steps_did_is_told_by_its_job(watch: Watch, receiver: Any) -> None:
    job = watch.works.definitions().resolve_job_def("pull")
    run = watch.instance.create_run_for_job(job)
    watch.instance.report_run_failed(run, "the worker went away")
    watch.tick()
    assert causes(receiver) == ["job pull"]
    watch.run()
    assert watch.tick() == ["job pull: over"]


def test_a_receiver_that_is_down_fails_the_tick_without_telling_its_address(
    watch: Watch, receiver: Any, caplog: pytest.LogCaptureFixture
) -> None:
    receiver.answers = [500, 500, 500]
    watch.works.broken = {"one"}
    watch.run()
    with caplog.at_level(logging.DEBUG):
        said = watch.tick()
    assert any("was not taken by the address in WEIR_ALERT_WEBHOOK_URL (HTTP 500)" in text for text in said)
    assert receiver.secret not in "".join(said)
    assert receiver.secret not in caplog.text
    entries = [entry for run in watch.instance.get_runs() for entry in watch.instance.all_logs(run.run_id)]
    assert entries
    assert not [entry for entry in entries if receiver.secret in entry.to_json()]
