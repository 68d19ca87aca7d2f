"""The landing sensor, ticked: what waits, what runs, what failed, and what was handled decide whether a load starts."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.code_pointer import ModuleCodePointer
from dagster._core.origin import JobPythonOrigin, RepositoryPythonOrigin
from dagster._core.remote_origin import RegisteredCodeLocationOrigin, RemoteJobOrigin, RemoteRepositoryOrigin

from actions.house import House, open_house
from analysis.next_load import NOTHING_REQUESTED
from connectors.ad_platform import DayWindow
from connectors.landing.manifest import Pull
from connectors.landing.pending import find_pending
from connectors.landing.pull_writer import PullWriter
from sensors.landed_files import build_notice_landed_files

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
SENSOR = build_notice_landed_files("load_and_model", status=dg.DefaultSensorStatus.STOPPED)


@dataclass
class Home:
    root: Path
    instance: dg.DagsterInstance
    now: datetime = NOON
    cursor: str | None = None
    definitions: dg.Definitions = field(default_factory=lambda: dg.Definitions(jobs=[_job()]))

    @property
    def house(self) -> House:
        house = open_house({"WEIR_HOME": str(self.root)})
        return replace(house, clock=lambda: self.now, wall_clock=lambda: self.now)

    def land(self, name: str) -> None:
        pull = Pull(
            pull_id=name,
            party="imported_ads",
            entity="ad_daily",
            account_id="a1",
            pulled_at=NOON,
            window=DayWindow(date(2026, 11, 18), date(2026, 11, 21)),
        )
        with PullWriter(self.root / "landing", pull, sleep=lambda seconds: None) as writer:
            writer.write({"date": "2026-11-18"})

    def drop(self, name: str, *, ago: timedelta) -> None:
        file = self.root / "landing" / "markets" / "fx_rates" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("date,currency,usd_per_unit\n")
        written = (self.now - ago).timestamp()
        os.utime(file, (written, written))

    def load(self) -> None:
        """What a load does to the index of waiting pulls and to dropped files."""
        for pull in find_pending(self.root / "landing").landed:
            pull.marker.unlink()
        for file in (self.root / "landing" / "markets" / "fx_rates").glob("*"):
            file.unlink()

    def tick(self, *, after: timedelta = timedelta(seconds=15)) -> dg.RunRequest | str:
        """The request, or why there is none."""
        self.now += after
        context = dg.build_sensor_context(instance=self.instance, cursor=self.cursor, resources={"house": self.house})
        tick = SENSOR.evaluate_tick(context)
        self.cursor = tick.cursor
        if tick.run_requests:
            (request,) = tick.run_requests
            return request
        return tick.skip_message or ""

    def ran(self, request: dg.RunRequest | str, status: dg.DagsterRunStatus) -> dg.DagsterRun:
        """The daemon started what was asked for, and it got as far as this."""
        assert isinstance(request, dg.RunRequest)
        tags = {**request.tags, "dagster/sensor_name": "notice_landed_files", "dagster/run_key": request.run_key or ""}
        location = RemoteRepositoryOrigin(RegisteredCodeLocationOrigin("weir"), "__repository__")
        return self.instance.create_run_for_job(
            self.definitions.resolve_job_def("load_and_model"),
            status=status,
            tags=tags,
            remote_job_origin=RemoteJobOrigin(location, "load_and_model"),
            job_code_origin=JobPythonOrigin(
                "load_and_model", RepositoryPythonOrigin("python", ModuleCodePointer("m", "f"))
            ),
        )


def _job() -> dg.JobDefinition:
    @dg.op
    def load() -> None:
        """Stands for the real steps: the sensor sees runs, not what they do."""

    @dg.job(name="load_and_model")
    def load_and_model() -> None:
        load()

    return load_and_model


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield Home(tmp_path, instance)


def asked(request: dg.RunRequest | str) -> dg.RunRequest:
    assert isinstance(request, dg.RunRequest), request
    return request


def test_an_empty_landing_zone_is_left_alone(home: Home) -> None:
    assert home.tick() == "nothing waits in the landing zone"
    assert home.cursor is None


def test_whatever_has_landed_starts_one_run_that_says_which_attempt_it_is(home: Home) -> None:
    home.land("p1")
    home.land("p2")
    assert asked(home.tick()).tags == {"weir/attempt": "1", "dagster/sensor_name": "notice_landed_files"}


def test_a_pull_that_has_not_finished_is_not_waiting(home: Home) -> None:
    home.land("p1")
    (pull,) = find_pending(home.root / "landing").landed
    pull.data.with_name(f"{pull.stem}.manifest.json").unlink()
    assert home.tick() == "nothing waits in the landing zone"


@pytest.mark.parametrize("status", list(dg.DagsterRunStatus), ids=lambda status: status.value)
def test_never_two_loads_at_a_time(home: Home, status: dg.DagsterRunStatus) -> None:
    """Something new lands while a run is in each state there is; only ended runs let the next one start."""
    home.land("p1")
    home.ran(home.tick(), status)
    home.land("p2")
    ended = {dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED}
    decision = home.tick()
    if status in ended:
        assert asked(decision).tags["weir/attempt"] == "1"
    else:
        assert "a load is running" in str(decision)


def test_a_run_that_a_person_started_counts_too(home: Home) -> None:
    home.instance.create_run_for_job(_job(), status=dg.DagsterRunStatus.STARTED)
    home.land("p1")
    assert "a load is running" in str(home.tick())


def test_what_was_handled_is_forgotten_and_the_same_file_can_come_again(home: Home) -> None:
    home.land("p1")
    first = asked(home.tick())
    assert home.cursor
    run = home.ran(first, dg.DagsterRunStatus.STARTED)
    home.tick()
    assert home.cursor, "what runs is not handled yet"
    home.load()
    home.instance.report_run_canceled(run)
    assert home.tick() == "nothing waits in the landing zone"
    assert home.cursor == NOTHING_REQUESTED
    (home.root / "landing" / "imported_ads").rename(home.root / "away")
    home.land("p1")
    again = asked(home.tick())
    assert again.run_key != first.run_key


def test_what_still_waits_after_a_run_is_tried_again_after_growing_pauses_and_then_left_to_a_person(home: Home) -> None:
    home.land("p1")
    request, minutes = asked(home.tick()), []
    keys = {request.run_key}
    while True:
        home.ran(request, dg.DagsterRunStatus.FAILURE)
        waited, decision = 0, home.tick(after=timedelta(minutes=1))
        while isinstance(decision, str) and waited < 120:
            waited, decision = waited + 1, home.tick(after=timedelta(minutes=1))
        if isinstance(decision, str):
            break
        minutes.append(waited + 1)
        request = decision
        keys.add(request.run_key)
    assert minutes == [2, 4, 8, 16, 32]
    assert len(keys) == 6
    assert "reset this sensor's cursor" in decision
    home.cursor = None  # as the person does
    assert asked(home.tick()).run_key not in keys


def test_a_failed_run_that_had_taken_everything_is_made_up_for(home: Home) -> None:
    """The files are loaded, but the models that should have followed are not; until a run succeeds."""
    home.land("p1")
    run = home.ran(home.tick(), dg.DagsterRunStatus.STARTED)
    home.load()
    home.instance.report_run_failed(run)
    assert home.tick() == "the last load's run failed after attempt 1; the next is due at 12:02 UTC"
    request = asked(home.tick(after=timedelta(minutes=2)))
    assert request.tags["weir/attempt"] == "2"
    home.ran(request, dg.DagsterRunStatus.SUCCESS)
    assert home.tick(after=timedelta(hours=1)) == "nothing waits in the landing zone"


def test_a_failed_run_of_a_persons_own_is_left_to_them(home: Home) -> None:
    home.instance.create_run_for_job(_job(), status=dg.DagsterRunStatus.FAILURE)
    assert home.tick() == "nothing waits in the landing zone"


def test_a_dropped_file_is_noticed_once_nobody_writes_to_it_any_more(home: Home) -> None:
    home.drop("rates.csv", ago=timedelta(seconds=-10))
    assert home.tick(after=timedelta(seconds=1)) == "nothing waits in the landing zone"
    asked(home.tick(after=timedelta(seconds=20)))


def test_another_file_under_the_same_name_is_noticed_at_once(home: Home) -> None:
    home.drop("rates.csv", ago=timedelta(hours=1))
    home.ran(home.tick(), dg.DagsterRunStatus.SUCCESS)
    home.load()
    home.drop("rates.csv", ago=timedelta(minutes=1))
    assert asked(home.tick()).tags["weir/attempt"] == "1"
