"""The demo from end to end, in its small form, and what can be done with the home that it leaves behind."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import httpx
import pytest

import weir

pytestmark = pytest.mark.slow
WEIR = Path(sys.executable).with_name("weir")
# Six days before the world opens, on 5 November 2026, that day, and two more.
ALL_DAYS = [date(2026, 10, 30) + timedelta(days=number) for number in range(9)]
PNG = b"\x89PNG\r\n\x1a\n"


def environ(**variables: str) -> dict[str, str]:
    """This process's own variables, but nothing of Weir's; one real account that practice must never touch."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("WEIR_", "DAGSTER_"))}
    return {**kept, "META_ACCOUNT_7_ID": "777", "META_ACCOUNT_7_TOKEN": "a-real-one", **variables}


def run(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [WEIR, *arguments], cwd=folder, env=environ(**variables), capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def home(folder: Path) -> Path:
    return folder / "home"


@pytest.fixture(scope="module")
def told(folder: Path, home: Path) -> Any:
    """What the demo says it did; the same home is used by every test here."""
    ended = run(folder, "demo", "--home", str(home), "--scenario", "tiny", "--days", "6", "--json")
    assert ended.returncode == 0, ended.stderr + ended.stdout
    return json.loads(ended.stdout)


def processes_of(home: Path) -> list[str]:
    """The command lines of living processes that have to do with this home."""
    found = []
    for folder in Path("/proc").iterdir():
        try:
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            place = os.readlink(folder / "cwd")
        except (OSError, ValueError):
            continue
        if folder.name.isdigit() and int(folder.name) != os.getpid() and (str(home) in command or place == str(home)):
            found.append(command)
    return found


def test_it_tells_what_happened_and_leaves_nothing_running(told: Any, home: Path) -> None:
    assert [each["platform"] for each in told["platforms"]] == ["meta_ads", "tiktok_ads", "x_ads", "telegram"]
    assert all(each["spend_usd"] is not None and float(each["spend_usd"]) > 0 for each in told["platforms"][:3])
    assert told["restated_ad_days"] > 0
    assert told["checks"]["failed"] == 0
    assert told["checks"]["passed"] > 20
    assert processes_of(home) == []


def test_what_it_tells_is_what_the_published_marts_say(told: Any, home: Path) -> None:
    with weir.open(home) as connection:
        rows = connection.execute(
            "select platform, count(*), sum(reported_conversions) from fct_ad_daily group by 1"
        ).fetchall()
    measured = {each["platform"]: each for each in told["platforms"] if each["ad_days"]}
    assert {row[0]: row[1] for row in rows} == {name: each["ad_days"] for name, each in measured.items()}
    for platform, _, claims in rows:
        assert float(measured[platform]["reported_conversions"]) == float(claims)


def test_whops_signed_webhooks_came_through_the_collector_each_once(told: Any, home: Path) -> None:
    (stream,) = [each for each in told["streams"] if (each["party"], each["entity"]) == ("whop", "webhooks")]
    assert stream["counts"] == {"landed": told["webhooks"], "raw": told["webhooks"], "duplicates": 0, "quarantined": 0}
    assert told["webhooks"] > 0
    files = (home / "landing" / "whop" / "webhooks" / "collector").glob("*.jsonl")
    landed = [json.loads(line) for file in files for line in file.read_text().splitlines()]
    assert len({each["delivery_id"] for each in landed}) == told["webhooks"]
    assert {each["type"].partition(".")[0] for each in landed} >= {"payment", "membership"}
    # They came on the demo's last day, and what they tell of happened on it.
    opened = datetime.fromisoformat(told["now"])
    assert {datetime.fromisoformat(each["received_at"]).date() for each in landed} == {opened.date()}
    assert all(
        timedelta() <= opened - datetime.fromisoformat(each["timestamp"]) <= timedelta(days=1) for each in landed
    )


def test_one_account_failed_for_a_day_and_lost_nothing(told: Any, home: Path) -> None:
    trouble = told["trouble"]
    assert trouble["recovered"]
    assert "Renew the credential" in trouble["said"]
    with weir.open(home) as connection:
        query = "select distinct date_day from fct_account_reconciliation where account_id = $account order by 1"
        days = [day for (day,) in connection.execute(query, {"account": trouble["account"]}).fetchall()]
    assert days == ALL_DAYS


def test_every_pull_and_build_is_a_run_in_dagster(told: Any, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(home / "dagster"))
    with dg.DagsterInstance.get() as instance:
        runs = instance.get_runs()
        by_job: dict[str, list[str]] = {}
        for each in runs:
            by_job.setdefault(each.job_name, []).append(each.status.value)
        failed = [each for each in runs if each.status is dg.DagsterRunStatus.FAILURE]
        account = dg.AssetKey(["landing", "meta_ads", told["trouble"]["account"]])
        landed = instance.get_materialized_partitions(account)
    assert {job: len(ends) for job, ends in by_job.items()} == {"pull": 21, "load_and_model": 2}  # seven accounts
    assert [each.tags["account"] for each in failed] == [told["trouble"]["account"]]
    assert told["runs"] == {"succeeded": 22, "failed": 1}
    assert landed == {day.isoformat() for day in ALL_DAYS}


def test_the_pictures_are_pictures(told: Any) -> None:
    assert [Path(each).name for each in told["pictures"]] == ["spend.png", "restatements.png"]
    for picture in told["pictures"]:
        content = Path(picture).read_bytes()
        assert content.startswith(PNG)
        assert len(content) > 5_000


def test_a_home_with_data_of_its_own_is_left_alone(folder: Path) -> None:
    own = folder / "own"
    (own / "landing" / "meta_ads").mkdir(parents=True)
    (own / "landing" / "meta_ads" / "row.jsonl").write_text("{}\n")
    ended = run(folder, "demo", WEIR_HOME=str(own))
    assert ended.returncode == 5
    assert str(own) in ended.stderr
    assert "--home" in ended.stderr
    assert [path.name for path in own.rglob("*") if path.is_file()] in (["row.jsonl"], ["in-use.lock", "row.jsonl"])


def test_commands_in_a_practice_home_go_by_the_practice_world_only(told: Any, folder: Path, home: Path) -> None:
    ended = run(
        folder,
        "doctor",
        "--json",
        WEIR_HOME=str(home),
        WEIR_WAREHOUSE="postgresql+psycopg2://weir:secret@db.example:5432/weir",
        WEIR_ALERT_WEBHOOK_URL="https://hooks.example/T0",
    )
    found = {each["subject"]: each for each in json.loads(ended.stdout)}
    assert found["warehouse"]["message"] == str(home / "warehouse.duckdb")
    assert found["alerts"]["state"] == "off"
    assert "777" not in ended.stdout
    assert "127.0.0.1" in found[f"Meta Ads {told['trouble']['account']}"]["message"]


def test_up_refuses_a_taken_port(told: Any, folder: Path, home: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        ended = run(folder, "up", "--port", port, WEIR_HOME=str(home))
    assert ended.returncode == 5
    assert f"port {port} is taken" in ended.stderr
    assert "--port" in ended.stderr
    assert processes_of(home) == []


def lines_until(started: subprocess.Popen[str], wanted: str) -> Iterator[str]:
    assert started.stdout is not None
    for line in started.stdout:
        yield line
        if wanted in line:
            return
    pytest.fail(f"it ended before it said {wanted!r}")


@pytest.fixture
def free_ports() -> tuple[str, str]:
    with socket.socket() as one, socket.socket() as other:
        for probe in (one, other):
            probe.bind(("127.0.0.1", 0))
        return str(one.getsockname()[1]), str(other.getsockname()[1])


def test_up_serves_dagster_the_collector_and_the_world_until_it_is_told_to_stop(
    told: Any, folder: Path, home: Path, free_ports: tuple[str, str]
) -> None:
    port, collector_port = free_ports
    started = subprocess.Popen(
        [WEIR, "up", "--port", port, "--collector-port", collector_port],
        cwd=folder,
        env=environ(WEIR_HOME=str(home)),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        said = list(lines_until(started, "Ctrl-C stops everything"))
        asked = {"query": "{ runsOrError { ... on Runs { results { jobName } } } }"}
        page = f"http://127.0.0.1:{port}"
        runs = httpx.post(f"{page}/graphql", json=asked, timeout=60).json()["data"]["runsOrError"]["results"]
        assert len(runs) == 23
        assert any(page in line for line in said)
        assert httpx.get(f"http://127.0.0.1:{collector_port}/healthz", timeout=60).json() == {"status": "ok"}
        clock = clock_of(home)
        assert httpx.get(clock, timeout=60).json()["now"] == told["now"]
        httpx.post(clock, json={"hours": 3}, timeout=60).raise_for_status()

        busy = run(folder, "demo", "--home", str(home))
        assert busy.returncode == 7
        assert "at work" in busy.stderr
    finally:
        started.send_signal(signal.SIGTERM)
        out, _ = started.communicate(timeout=120)
    assert started.returncode == 0
    assert out.endswith("Everything is stopped.\n")
    assert processes_of(home) == []
    log = (home / "logs" / "up.log").read_text()
    assert "daemon | " in log
    assert "collector | The collector takes events at" in log
    assert "web    | " in log
    now = json.loads((home / "practice.json").read_text())["now"]
    gone_by = datetime.fromisoformat(now) - datetime.fromisoformat(told["now"])
    assert gone_by.total_seconds() == 3 * 3600


def clock_of(home: Path) -> str:
    return f"http://127.0.0.1:{json.loads((home / 'practice.json').read_text())['port']}/sim/clock"


def test_a_second_demo_fills_the_same_home_anew(told: Any, folder: Path, home: Path) -> None:
    note = home / "my-note.txt"
    note.write_text("kept")
    ended = run(folder, "demo", "--scenario", "tiny", "--days", "6", "--timings", WEIR_HOME=str(home))
    assert ended.returncode == 0, ended.stderr
    assert note.read_text() == "kept"
    assert "in all" in ended.stdout
    assert "weir up" in ended.stdout
    for each in told["platforms"]:
        assert f"{each['ad_days']:,}" in ended.stdout
    with duckdb.connect(home / "warehouse.duckdb", read_only=True) as connection:
        pulls = connection.execute("select count(distinct pull_id) from raw.loads where party = 'meta_ads'").fetchone()
    assert pulls == (5,)  # two accounts, three times each, and once in vain
