"""Telegram Ads exports: whatever the delimiter, mark, encoding or header, the same rows; what is unreadable says so."""

import csv
import hashlib
import io
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.telegram_bot.ads_export import ExportReading, read_export
from connectors.telegram_bot.export_numbers import MIXED, Unreadable, amount, count, decimal_mark, moment
from connectors.telegram_bot.export_table import ExportFile, UnreadableExport

ACTIVITY = "date\tViews\tClicks\tJoined\n1 Nov 2026\t1200\t25\t3\n2 Nov 2026\t900\t18\t2\n"
SPENT = "date\tSpent budget, TON\n1 Nov 2026\t1,23456\n2 Nov 2026\t0,9\n"


def file(text: str | bytes, name: str = "activity.csv") -> ExportFile:
    return ExportFile(name=name, content=text if isinstance(text, bytes) else text.encode())


def read(activity: str | bytes = ACTIVITY, spent: str | bytes = SPENT, **how: Any) -> ExportReading:
    return read_export([file(activity), file(spent, "spent.csv")], ad="autumn letter", **how)


def test_two_files_become_one_row_a_day() -> None:
    reading = read()
    files = [hashlib.sha256(text.encode()).hexdigest() for text in (ACTIVITY, SPENT)]
    assert list(reading.rows) == [
        {
            "ad": "autumn letter",
            "date": "2026-11-01",
            "views": 1200,
            "clicks": 25,
            "joined": 3,
            "started_bot": None,
            "actions": None,
            "spend": "1.23456",
            "currency": "TON",
            "files": files,
        },
        {
            "ad": "autumn letter",
            "date": "2026-11-02",
            "views": 900,
            "clicks": 18,
            "joined": 2,
            "started_bot": None,
            "actions": None,
            "spend": "0.9",
            "currency": "TON",
            "files": files,
        },
    ]
    assert reading.refused == ()
    assert [(each.name, each.sha256, each.delimiter) for each in reading.files] == [
        ("activity.csv", files[0], "tab"),
        ("spent.csv", files[1], "tab"),
    ]


def test_the_order_of_the_files_does_not_matter() -> None:
    numbers = [{**row, "files": None} for row in read().rows]
    other = read_export([file(SPENT, "spent.csv"), file(ACTIVITY)], ad="autumn letter")
    assert [{**row, "files": None} for row in other.rows] == numbers


def test_one_file_with_everything_is_enough() -> None:
    both = "Day;Views;Clicks;Started bot;Amount (EUR)\n01.11.2026;1200;25;3;1,20\n"
    (row,) = read_export([file(both)], ad="a").rows
    assert (row["date"], row["started_bot"], row["spend"], row["currency"]) == ("2026-11-01", 3, "1.2", "EUR")


def test_five_minutes_add_up_to_their_day() -> None:
    activity = "date\tViews\tClicks\n" + "".join(
        f"2026-11-01 {hour:02}:{minute:02}\t2\t1\n" for hour in range(24) for minute in range(0, 60, 5)
    )
    spent = "date\tSpent budget, TON\n" + "".join(
        f"1 Nov 2026 {hour:02}:{minute:02}\t0,000000001\n" for hour in range(24) for minute in range(0, 60, 5)
    )
    (row,) = read(activity, spent).rows
    assert (row["views"], row["clicks"], row["spend"]) == (576, 288, "0.000000288")  # 288 times five minutes a day


def test_a_day_only_one_file_knows_is_kept_and_the_rest_is_null() -> None:
    reading = read(ACTIVITY, "date\tSpent budget, TON\n1 Nov 2026\t1,5\n3 Nov 2026\t2\n")
    assert [(row["date"], row["views"], row["spend"]) for row in reading.rows] == [
        ("2026-11-01", 1200, "1.5"),
        ("2026-11-02", 900, None),
        ("2026-11-03", None, "2"),
    ]


def test_summary_lines_are_left_out_and_counted() -> None:
    reading = read(ACTIVITY + "Total in Nov 2026\t2100\t43\t5\n")
    assert [row["views"] for row in reading.rows] == [1200, 900]
    assert [each.totals_left_out for each in reading.files] == [1, 0]


def test_columns_we_do_not_know_are_named() -> None:
    reading = read("date\tViews\tOpened video\tClicks\n1 Nov 2026\t1200\t7\t25\n")
    assert reading.files[0].unknown_headers == ("Opened video",)


@pytest.mark.parametrize(
    ("activity", "line", "column", "said"),
    [
        ("date\tViews\n1 Nov 2026\t12 0x\n2 Nov 2026\t5\n", 2, "Views", "'12 0x' is not a whole number"),
        ("date\tViews\n1 Nov 2026\t-5\n2 Nov 2026\t5\n", 2, "Views", "'-5' is not a whole number"),
        ("date\tViews\n1 Nov 2026\t5,5\n2 Nov 2026\t5\n", 2, "Views", "'5,5' is not a whole number"),
        ("date\tViews\n1 Nov 2026\n2 Nov 2026\t5\n", 2, None, "1 cells instead of 2"),
        ("date\tViews\n31 Nov 2026\t7\n2 Nov 2026\t5\n", 2, "date", "'31 Nov 2026' is not a date"),
        ("date\tViews\n11/01/2026\t7\n2 Nov 2026\t5\n", 2, "date", "'11/01/2026' is not a date"),
    ],
)
def test_a_bad_line_is_refused_with_its_place_and_the_others_go_on(
    activity: str, line: int, column: str | None, said: str
) -> None:
    reading = read(activity, "date\tSpent budget, TON\n2 Nov 2026\t1\n")
    assert [row["date"] for row in reading.rows] == ["2026-11-02"]
    (refused,) = reading.refused
    assert (refused.file, refused.line, refused.column) == ("activity.csv", line, column)
    assert refused.reason == said
    assert refused.remedy
    assert str(refused).startswith(f"activity.csv, line {line}")


def test_a_day_with_a_refused_line_waits_so_that_half_a_day_never_looks_whole() -> None:
    activity = "date\tViews\n2026-11-01 00:00\t5\n2026-11-01 00:05\tmany\n2026-11-02 00:00\t7\n"
    reading = read(activity, "date\tSpent budget, TON\n2026-11-01\t1\n2026-11-02\t2\n")
    assert [(row["date"], row["views"]) for row in reading.rows] == [("2026-11-02", 7)]


def test_a_date_told_twice_is_refused_and_with_other_numbers_its_day_waits() -> None:
    same = read(ACTIVITY + "1 Nov 2026\t1200\t25\t3\n")
    assert [row["date"] for row in same.rows] == ["2026-11-01", "2026-11-02"]
    assert [refused.reason for refused in same.refused] == ["'1 Nov 2026' was told on line 2 already"]
    other = read(ACTIVITY + "2026-11-01\t1300\t25\t3\n")
    assert [row["date"] for row in other.rows] == ["2026-11-02"]
    assert "with other numbers" in other.refused[0].reason


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (["date|Views|Clicks\n1 Nov 2026|1|2\n"], "activity.csv, line 1: .*cannot be split by tab, semicolon or comma"),
        (["Views\tClicks\n1\t2\n"], "activity.csv, line 1, column 'date': the column is missing"),
        (["date\tWeather\n1 Nov 2026\train\n"], "column 'Views or Spent budget': the column is missing"),
        ([ACTIVITY], "column 'spend': the column is missing in every file. Bring the export with spent budget"),
        ([SPENT], "column 'views': the column is missing in every file"),
        ([ACTIVITY, ACTIVITY, SPENT], "has this column too"),
        (["", SPENT], "activity.csv: the file is empty"),
        (["date\tViews\n" + "x" * 200_000, SPENT], "activity.csv: field larger than field limit"),
        ([b"date\tViews\n1 Nov 2026\t\xff\n", SPENT], "line 2: the text is not UTF-8"),
        (["date\tViews\tImpressions\n1 Nov 2026\t1\t1\n", SPENT], "column 'Impressions': two columns mean the same"),
        ([ACTIVITY, "date\tSpent\n1 Nov 2026\t1\n"], "column 'Spent': the currency is not known"),
    ],
)
def test_a_file_that_cannot_be_understood_ends_in_one_message(files: list[str | bytes], said: str) -> None:
    names = ["activity.csv", "second.csv", "third.csv"]
    with pytest.raises(UnreadableExport, match=said):
        read_export([file(text, name) for text, name in zip(files, names, strict=False)], ad="a")


def test_a_said_currency_fills_the_gap_and_never_contradicts_the_file() -> None:
    bare = "date\tSpent budget\n1 Nov 2026\t1\n"
    assert {row["currency"] for row in read(ACTIVITY, bare, currency="eur").rows} == {"EUR"}
    with pytest.raises(UnreadableExport, match="counts in TON, EUR was said"):
        read(currency="EUR")


def test_an_unquoted_decimal_comma_in_a_comma_separated_file_is_refused() -> None:
    reading = read(ACTIVITY, "date,Spent budget, TON\n1 Nov 2026,1,5\n2 Nov 2026,2.5\n")
    assert [(row["date"], row["spend"]) for row in reading.rows] == [("2026-11-02", "2.5")]
    assert "needs quotes" in reading.refused[0].remedy


@pytest.mark.parametrize(
    ("text", "mark", "value"),
    [
        ("1,25", None, "1.25"),
        ("1.25", None, "1.25"),
        ("1,234", None, "1.234"),
        ("1,234", ".", "1234"),
        ("1.234,5", ",", "1234.5"),
        ("1 234,5", ",", "1234.5"),
        ("1\u202f234.5", ".", "1234.5"),
        ("0,000000001", None, "0.000000001"),
        ("7", ",", "7"),
    ],
)
def test_amounts_are_read_exactly(text: str, mark: str | None, value: str) -> None:
    assert amount(text, mark=mark) == Decimal(value)


@pytest.mark.parametrize("text", ["1,2,3", "abc", "-1", "1.", ",5", "0,0000000001", "1e5", "NaN", "9" * 40, "1.25x"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        amount(text, mark=None)


def test_an_amount_that_may_be_thousands_is_refused_where_the_file_mixes_marks() -> None:
    texts = ["1.25", "1,50", "1,234"]
    assert decimal_mark(texts) == MIXED
    with pytest.raises(Unreadable, match="may be a fraction or thousands"):
        amount("1,234", mark=MIXED)


@pytest.mark.parametrize("text", ["", " ", "-", "\u2013"])
def test_empty_cells_are_null_and_not_zero(text: str) -> None:
    assert (amount(text, mark=None), count(text)) == (None, None)


DATES = {
    "iso": "{0:%Y-%m-%d}",
    "iso with clock": "{0:%Y-%m-%d} 00:00",
    "dotted": "{0:%d.%m.%Y}",
    "short": "{0.day} {0:%b} {0.year}",
    "long": "{0.day} {0:%B} {0.year}",
}


@given(day=st.dates(min_value=date(2000, 1, 1)), shape=st.sampled_from(sorted(DATES)))
def test_dates_of_every_shape_are_the_same_day(day: Any, shape: str) -> None:
    assert moment(DATES[shape].format(day)).date() == day


nanotons = st.integers(min_value=0, max_value=10**15)
days = st.dates(min_value=date(2020, 1, 1), max_value=date(2030, 1, 1))
exports = st.dictionaries(
    days, st.tuples(st.integers(0, 10**9), st.integers(0, 10**6), nanotons), min_size=1, max_size=8
)


def written(rows: list[list[str]], *, delimiter: str, encoding: str, newline: str) -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator=newline).writerows(rows)
    return text.getvalue().encode(encoding)


@given(
    export=exports,
    delimiter=st.sampled_from(["\t", ";", ","]),
    mark=st.sampled_from([",", "."]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    newline=st.sampled_from(["\n", "\r\n"]),
    headers=st.tuples(
        st.sampled_from(["date", "Date", "DAY", " date "]),
        st.sampled_from(["Views", "views", "Impressions"]),
        st.sampled_from(["Started bot", "Bot started", "STARTED BOT"]),
        st.sampled_from(["Spent budget, TON", "spent budget, ton", "Spend (TON)", "Amount TON"]),
    ),
    shape=st.sampled_from(sorted(DATES)),
)
def test_any_notation_gives_the_same_rows(
    export: dict[Any, tuple[int, int, int]],
    delimiter: str,
    mark: str,
    encoding: str,
    newline: str,
    headers: tuple[str, str, str, str],
    shape: str,
) -> None:
    date_header, views_header, started_header, spent_header = headers
    how = {"delimiter": delimiter, "encoding": encoding, "newline": newline}
    activity, spent = [[date_header, views_header, started_header]], [[date_header, spent_header]]
    for day, (views, started, nano) in export.items():
        activity.append([DATES[shape].format(day), str(views), str(started)])
        whole, rest = divmod(nano, 10**9)
        spent.append([DATES[shape].format(day), f"{whole}{mark}{rest:09}"])
    reading = read(written(activity, **how), written(spent, **how))
    assert reading.refused == ()
    assert [(row["date"], row["views"], row["started_bot"], Decimal(row["spend"])) for row in reading.rows] == [
        (str(day), views, started, Decimal(nano) / 10**9) for day, (views, started, nano) in sorted(export.items())
    ]
    assert {row["currency"] for row in reading.rows} == {"TON"}


@given(cells=st.lists(st.text(max_size=12), min_size=2, max_size=2))
def test_no_line_however_strange_is_dropped_in_silence(cells: list[str]) -> None:
    text = io.StringIO()
    csv.writer(text, delimiter="\t", lineterminator="\n").writerow(cells)
    reading = read("date\tViews\n2026-11-02\t5\n" + text.getvalue(), "date\tSpent budget, TON\n2026-11-02\t1\n")
    lines = reading.files[0].lines
    days_read = {row["date"] for row in reading.rows if row["views"] is not None}
    assert lines == len(days_read) + len(reading.refused) + reading.files[0].totals_left_out
