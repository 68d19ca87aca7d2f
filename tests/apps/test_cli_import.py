"""`weir import`: what is taken, what counts once, and refusals that say where, why and what to do."""

import json
import os
import pty
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from simulator.telegram_exports import ad_days, export_files

WEIR = Path(sys.executable).with_name("weir")
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
RATES = "date,currency,usd_per_unit\n2026-11-01,EUR,1.08\n2026-11-02,EUR,1.09\n"
SCHEMA_NAMES = "date, currency, usd_per_unit"


def written(folder: Path, name: str, text: str) -> str:
    (folder / name).write_text(text, encoding="utf-8")
    return str(folder / name)


@pytest.fixture
def export(tmp_path: Path) -> tuple[Path, Path]:
    days = ad_days(seed=1, ad_id="ad7", since=date(2026, 11, 1), until=date(2026, 11, 4))
    return export_files(days, tmp_path / "export")


def test_a_file_of_rates_is_taken_and_the_same_content_counts_once_whatever_it_is_called(weir, tmp_path: Path) -> None:
    first = weir("import", written(tmp_path, "rates.csv", RATES), "--as", "markets/fx_rates", "--json")
    again = weir("import", written(tmp_path, "renamed.csv", RATES), "--as", "markets/fx_rates", "--json")
    assert (first.code, again.code) == (0, 0)
    assert [(each["status"], each["rows"], each["bad"]) for each in first.json] == [("taken", 2, 0)]
    assert [each["status"] for each in again.json] == ["duplicate"]
    assert "rates.csv" in again.json[0]["message"]


def test_a_bad_row_is_named_with_its_reason_while_the_others_are_taken(weir, tmp_path: Path) -> None:
    file = written(tmp_path, "rates.csv", RATES + "2026-11-03,EUR,dear\n")
    ended = weir("import", file, "--as", "markets/fx_rates")
    assert ended.code == 1
    assert "rates.csv, row 3: usd_per_unit" in ended.err
    assert '"dear"' in ended.err


@pytest.mark.parametrize(
    ("name", "text", "target", "said"),
    [
        ("colon.csv", "day:cur:rate\n2026:EUR:1\n", "markets/fx_rates", ["colon.csv", SCHEMA_NAMES, "semicolon"]),
        ("empty.csv", "", "markets/fx_rates", ["empty.csv", "empty"]),
        ("rates.csv", RATES, "markets/fx", ["rates.csv", "'markets/fx'", "markets/fx_rates", "imported_ads/ad_daily"]),
        ("rates.csv", RATES, "meta_ads/ads", ["'meta_ads/ads'", "markets/fx_rates"]),
    ],
)
def test_a_refusal_names_the_file_and_what_is_wanted_and_nothing_lands(
    weir, home: Path, tmp_path: Path, name: str, text: str, target: str, said: list[str]
) -> None:
    ended = weir("import", written(tmp_path, name, text), "--as", target)
    assert ended.code == 5
    assert all(part in ended.err for part in said), ended.err
    assert "Nothing was taken" in ended.err
    assert not list(home.rglob("*.jsonl"))


def test_one_refused_file_stops_no_other(weir, tmp_path: Path) -> None:
    files = [str(tmp_path / "nowhere.csv"), written(tmp_path, "rates.csv", RATES)]
    ended = weir("import", *files, "--as", "markets/fx_rates", "--json")
    assert ended.code == 5
    assert [each["status"] for each in ended.json] == ["refused", "taken"]
    assert "nowhere.csv" in ended.json[0]["message"]


def test_both_files_of_a_telegram_ad_are_taken_as_one(weir, export: tuple[Path, Path]) -> None:
    files = [str(path) for path in export]
    ended = weir("import", *files, "--as", "telegram/ads_export", "--ad", "spring", "--json")
    assert (ended.code, ended.json[0]["status"], ended.json[0]["rows"]) == (0, "taken", 3)
    turned = weir("import", *reversed(files), "--as", "telegram/ads_export", "--ad", "spring", "--json")
    assert turned.json[0]["status"] == "duplicate"


def test_a_bad_line_of_an_export_is_named_by_file_line_and_column(weir, export: tuple[Path, Path]) -> None:
    counts = export[0]
    lines = counts.read_text().splitlines()
    day, _, *rest = lines[2].split("\t")
    counts.write_text("\n".join([*lines[:2], "\t".join([day, "many", *rest]), *lines[3:]]) + "\n")
    ended = weir("import", *map(str, export), "--as", "telegram/ads_export", "--ad", "spring")
    assert ended.code == 1
    assert "ad7_stats.csv, line 3, column 'Views'" in ended.err
    assert "part of the key" not in ended.err


def test_half_of_an_export_is_refused_and_says_which_half_is_missing(weir, export: tuple[Path, Path]) -> None:
    ended = weir("import", str(export[0]), "--as", "telegram/ads_export", "--ad", "spring")
    assert ended.code == 5
    assert "spent budget" in ended.err


def test_an_export_needs_to_be_told_its_ad_and_other_files_do_not(weir, tmp_path: Path, export: tuple) -> None:
    assert weir("import", str(export[0]), "--as", "telegram/ads_export").code == 2
    rates = written(tmp_path, "rates.csv", RATES)
    assert weir("import", rates, "--as", "markets/fx_rates", "--currency", "TON").code == 2


def seen_in_a_terminal(arguments: list[str], *, home: Path) -> list[str]:
    """What a person saw on the way, line by line, each as often as it was drawn."""
    screen, told_to = pty.openpty()
    environ = os.environ | {"WEIR_HOME": str(home), "TERM": "xterm", "COLUMNS": "200"}
    with subprocess.Popen([WEIR, *arguments], env=environ, stdout=subprocess.DEVNULL, stderr=told_to) as started:
        os.close(told_to)
        drawn = b""
        while part := _drawn(screen):
            drawn += part
        os.close(screen)
    assert started.returncode == 0, drawn.decode()
    return re.split(r"[\r\n]+", ESCAPES.sub("", drawn.decode()))


def _drawn(screen: int) -> bytes:
    try:
        return os.read(screen, 1 << 16)
    except OSError:  # whoever drew is gone
        return b""


def test_in_a_terminal_each_file_has_a_bar_that_reaches_its_end(home: Path, tmp_path: Path) -> None:
    days = [{"date": f"2026-11-{day:02}", "currency": "EUR", "usd_per_unit": "1.08"} for day in (3, 4, 5)]
    files = [written(tmp_path, "rates.csv", RATES), written(tmp_path, "rates.json", json.dumps(days))]
    pq.write_table(pa.Table.from_pylist([{**day, "currency": "GBP"} for day in days]), tmp_path / "rates.parquet")
    files.append(str(tmp_path / "rates.parquet"))
    lines = seen_in_a_terminal(["import", *files, "--as", "markets/fx_rates"], home=home)
    for file, rows in zip(files, (2, 3, 3), strict=True):
        shown = [line for line in lines if file in line]
        assert re.search(rf"━━ 100% {rows} rows read ", shown[-1]), lines
