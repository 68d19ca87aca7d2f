"""Files that people bring: understood in any usual notation, taken once, refused with one clear message."""

import io
import json
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from actions.import_export import import_export
from actions.import_file import ImportPorts, dropped_files, import_dropped, import_file
from connectors.ad_platform import DayWindow
from connectors.imported_ads.schemas import AD_DAILY
from connectors.lake.loader import Lake, LoadReport
from connectors.landing.pending import find_pending
from connectors.markets.practice_rates import practice_rates
from connectors.markets.schemas import FX_RATES
from connectors.telegram_bot.schemas import SCHEMAS as TELEGRAM

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
SCHEMAS = (FX_RATES, AD_DAILY, *TELEGRAM)


def ports(root: Path) -> ImportPorts:
    return ImportPorts(landing=root / "landing", clock=lambda: NOW, sleep=lambda seconds: None, schemas=SCHEMAS)


def brought(root: Path, content: str | bytes, name: str = "rates.csv") -> Path:
    path = root / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def taken(root: Path, content: str | bytes, *, target: str = "markets/fx_rates", name: str = "rates.csv") -> Any:
    return import_file(brought(root, content, name), target=target, brought_by="Ada", ports=ports(root))


def load(root: Path) -> LoadReport:
    report = Lake(
        landing=root / "landing",
        root=root / "lake",
        schemas=SCHEMAS,
        clock=lambda: NOW,
        sleep=lambda seconds: None,
    ).load_pulls()
    for failure in report.failures:
        raise failure.error
    return report


def lake(root: Path, entity: str, columns: str) -> list[tuple[Any, ...]]:
    with duckdb.connect() as connection:
        query = (
            f"select {columns} from read_parquet('{root}/lake/raw/{entity}/**/*.parquet', hive_partitioning = false)"
        )
        return connection.execute(query + " where _valid_to is null order by all").fetchall()


ROWS = [("2026-10-01", "EUR", "1.086956522"), ("2026-10-01", "JPY", "0.006666667")]
HEADER = ("date", "currency", "usd_per_unit")


def delimited(
    mark: str, *, header: tuple[str, ...] = HEADER, comma: bool = False, bom: str = "", end: str = "\n"
) -> str:
    rows = [[cell.replace(".", ",") if comma else cell for cell in row] for row in ROWS]
    return bom + end.join(mark.join(cells) for cells in (header, *rows)) + end


def parquet() -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.table({name: [row[place] for row in ROWS] for place, name in enumerate(HEADER)}), file)
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "notation"),
    [
        (delimited(","), "CSV, comma"),
        (delimited(";", comma=True), "CSV, semicolon, decimal comma"),
        (delimited("\t", comma=True, end="\r\n"), "CSV, tab, decimal comma"),
        (delimited("|", bom="\ufeff"), "CSV, pipe"),
        (delimited(",", header=("Date", " Currency", "USD_PER_UNIT")), "CSV, comma"),
        (delimited("\t").encode("utf-16"), "CSV, tab"),
        ("\n".join(json.dumps(dict(zip(HEADER, row, strict=True))) for row in ROWS), "JSONL"),
        (json.dumps([dict(zip(HEADER, row, strict=True)) for row in ROWS], indent=1), "JSON list"),
        (parquet(), "Parquet"),
    ],
)
def test_the_same_rates_in_any_notation_are_the_same_rows(tmp_path: Path, content: str | bytes, notation: str) -> None:
    report = taken(tmp_path, content)
    assert (report.status, report.notation, report.rows, report.bad) == ("taken", notation, 2, 0)
    load(tmp_path)
    rows = lake(tmp_path, "markets/fx_rates", "date::varchar, currency, usd_per_unit::varchar")
    assert rows == [("2026-10-01", "EUR", "1.086956522"), ("2026-10-01", "JPY", "0.006666667")]


def test_the_same_content_counts_once_whatever_its_name(tmp_path: Path) -> None:
    first = taken(tmp_path, delimited(","))
    again = taken(tmp_path, delimited(","), name="rates (1).csv")
    assert (first.status, again.status) == ("taken", "duplicate")
    assert again.message == "rates (1).csv was taken before, as rates.csv on 2026-11-01T12:00:00+00:00; it counts once"
    assert len(find_pending(tmp_path / "landing").landed) == 1
    receipt = tmp_path / "landing" / "_imports" / "markets" / "fx_rates" / f"{first.sha256}.receipt.json"
    assert json.loads(receipt.read_text())["brought_by"] == "Ada"
    assert receipt.with_name(f"{first.sha256}.csv").read_text() == delimited(",")


def test_a_crash_before_the_receipt_does_not_count_the_file_twice(tmp_path: Path) -> None:
    first = taken(tmp_path, delimited(","))
    (tmp_path / "landing" / "_imports" / "markets" / "fx_rates" / f"{first.sha256}.receipt.json").unlink()
    assert taken(tmp_path, delimited(",")).status == "taken"
    assert len(find_pending(tmp_path / "landing").landed) == 1


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "the file is empty"),
        (delimited("~"), "missing: date, currency, usd_per_unit. Give the first line these names, separated by comma"),
        ("day,code,rate\n2026-10-01,EUR,1\n", "it has the columns 'day, code, rate'; missing: date, currency"),
        (b"date,currency,usd_per_unit\n2026-10-01,\xff\xfeUR,1\n", "is not UTF-8; save the file as UTF-8"),
        ("[{]", "it begins like a JSON list but is not one"),
        (b"PAR1 but not really PAR1", "it begins like a Parquet file but cannot be read"),
        (delimited(",").splitlines()[0] + "\n", "none of its 0 rows is good"),
        ("date,currency,usd_per_unit\n2026-10-01,EUR,much\n", 'usd_per_unit is "much", not a decimal(38, 9)'),
    ],
)
def test_what_cannot_be_understood_ends_in_one_message_and_nothing_is_taken(
    tmp_path: Path, content: str | bytes, says: str
) -> None:
    report = taken(tmp_path, content)
    assert report.status == "refused"
    assert says in report.message
    assert report.message.endswith("Nothing was taken.")
    assert not [path for path in (tmp_path / "landing").rglob("*") if path.is_file()]


def test_an_unknown_target_and_a_missing_file_are_said(tmp_path: Path) -> None:
    unknown = taken(tmp_path, "x", target="markets/rates")
    assert unknown.message == (
        "rates.csv was refused: files cannot be brought as 'markets/rates'; known: imported_ads/ad_daily, "
        "markets/fx_rates, telegram/ads_export. Nothing was taken."
    )
    missing = import_file(tmp_path / "no.csv", target="markets/fx_rates", brought_by="Ada", ports=ports(tmp_path))
    assert missing.message == "no.csv was refused: it cannot be read (No such file or directory). Nothing was taken."


def test_bad_rows_are_told_and_stand_in_quarantine(tmp_path: Path) -> None:
    content = delimited(",") + "2026-10-02,EUR\n01.10.2026,GBP,1.2\n"
    report = taken(tmp_path, content)
    assert (report.status, report.rows, report.bad) == ("taken", 4, 2)
    assert [refusal.line for refusal in report.refusals] == [3, 4]
    assert report.refusals[0].reasons == "2 cells where the header has 3"
    assert 'date is "01.10.2026", not a date' in report.refusals[1].reasons
    (record,) = load(tmp_path).loads
    assert (record.counts.landed, record.counts.raw, record.counts.quarantined) == (4, 2, 2)
    with duckdb.connect() as connection:
        texts = connection.execute(f"select text from '{tmp_path}/lake/{record.quarantine_file}' order by landing_line")
        assert json.loads(texts.fetchall()[0][0]) == {
            "_cells": ["2026-10-02", "EUR"],
            "_problem": "2 cells where the header has 3",
        }


def test_a_comma_that_could_mean_thousands_is_not_guessed(tmp_path: Path) -> None:
    report = taken(tmp_path, "date;currency;usd_per_unit\n2026-10-01;BTC;68,000\n2026-10-01;EUR;1.1\n")
    assert (report.rows, report.bad) == (2, 1)
    assert report.refusals[0].reasons == 'usd_per_unit is "68,000", not a decimal(38, 9)'


def test_a_newer_file_corrects_what_it_speaks_of_and_leaves_the_rest(tmp_path: Path) -> None:
    taken(tmp_path, delimited(","))
    later = replace(ports(tmp_path), clock=lambda: NOW + timedelta(days=1))
    path = brought(tmp_path, "date,currency,usd_per_unit\n2026-10-01,EUR,1.1\n", "correction.csv")
    import_file(path, target="markets/fx_rates", brought_by="Ada", ports=later)
    load(tmp_path)
    assert lake(tmp_path, "markets/fx_rates", "currency, usd_per_unit::varchar") == [
        ("EUR", "1.100000000"),
        ("JPY", "0.006666667"),
    ]


def test_ad_days_of_any_platform_keep_their_own_account_and_unknown_columns(tmp_path: Path) -> None:
    content = (
        "platform,account_id,campaign_id,date,currency,spend,clicks,mood\n"
        "snap_ads,9,c1,2026-10-01,USD,12.34,5,good\n"
        "pinterest,9,c1,2026-10-02,EUR,1,,\n"
    )
    report = taken(tmp_path, content, target="imported_ads/ad_daily", name="ads.csv")
    assert (report.status, report.bad) == ("taken", 0)
    (record,) = load(tmp_path).loads
    assert (str(record.since), str(record.until)) == ("2026-10-01", "2026-10-03")
    assert lake(tmp_path, "imported_ads/ad_daily", "platform, account_id, ad_id, spend::varchar, clicks") == [
        ("pinterest", "9", "", "1.000000000", None),
        ("snap_ads", "9", "", "12.340000000", 5),
    ]
    assert any('"mood":"good"' in row[0] for row in lake(tmp_path, "imported_ads/ad_daily", "payload"))


def test_dropped_files_are_taken_or_set_aside_with_the_reason(tmp_path: Path) -> None:
    folder = tmp_path / "landing" / "markets" / "fx_rates"
    folder.mkdir(parents=True)
    old = (NOW - timedelta(minutes=1)).timestamp()
    for name, content in (("good.csv", delimited(",")), ("bad.csv", "nothing"), ("fresh.csv", "date,cur")):
        path = brought(folder, content, name)
        os.utime(path, (old, old) if name != "fresh.csv" else (NOW.timestamp(), NOW.timestamp()))
    assert [path.name for _, path in dropped_files(ports=ports(tmp_path))] == ["bad.csv", "fresh.csv", "good.csv"]
    reports = import_dropped(ports=ports(tmp_path), wall_clock=lambda: NOW, settled=timedelta(seconds=10))
    assert [(report.file, report.status) for report in reports] == [("bad.csv", "refused"), ("good.csv", "taken")]
    assert [path.name for path in folder.iterdir() if path.is_file()] == ["fresh.csv"]
    refused = tmp_path / "landing" / "_refused" / "markets" / "fx_rates"
    assert "missing: date" in (refused / "bad.csv.reason.txt").read_text()
    assert (refused / "bad.csv").read_text() == "nothing"
    assert [record.counts.raw for record in load(tmp_path).loads] == [2]


VIEWS = "date\tViews\tClicks\tJoined\n1 Oct 2026\t1000\t12\t3\n2 Oct 2026\t500\tmany\t1\n"
SPENT = "date\tSpent budget, TON\n1 Oct 2026\t1,25\n2 Oct 2026\t0,5\n"


def test_the_two_files_of_a_telegram_ad_are_taken_together_once(tmp_path: Path) -> None:
    paths = [brought(tmp_path, VIEWS, "views.csv"), brought(tmp_path, SPENT, "spent.csv")]
    report = import_export(paths, ad="launch", currency=None, brought_by="Ada", ports=ports(tmp_path))
    assert (report.status, report.rows, report.bad) == ("taken", 2, 1)
    again = import_export(paths[::-1], ad="launch", currency=None, brought_by="Ada", ports=ports(tmp_path))
    assert again.status == "duplicate"
    (record,) = load(tmp_path).loads
    assert (record.counts.raw, record.counts.quarantined) == (1, 1)
    assert lake(tmp_path, "telegram/ads_export", "ad, date::varchar, views, spend::varchar, currency") == [
        ("launch", "2026-10-01", 1000, "1.250000000", "TON")
    ]


def test_half_of_a_telegram_export_is_refused_with_what_is_missing(tmp_path: Path) -> None:
    report = import_export(
        [brought(tmp_path, VIEWS, "views.csv")], ad="launch", currency="TON", brought_by="Ada", ports=ports(tmp_path)
    )
    assert report.status == "refused"
    assert "Bring the export with spent budget together with the others." in report.message


def test_practice_rates_land_like_anybodys(tmp_path: Path) -> None:
    window = DayWindow(datetime(2026, 10, 1, tzinfo=UTC).date(), datetime(2026, 10, 3, tzinfo=UTC).date())
    rows = list(practice_rates(window, seed=3))
    assert len(rows) == 12
    assert rows == list(practice_rates(window, seed=3))
    assert [row["usd_per_unit"] for row in practice_rates(window)][:2] == ["1.086956522", "1.265822785"]
    report = taken(tmp_path, "\n".join(json.dumps(row) for row in rows), name="practice.jsonl")
    assert (report.status, report.bad) == ("taken", 0)
