"""Dates and numbers as people's spreadsheets and Telegram's exports write them.

One mark can mean a fraction or thousands. A file's own cells settle which, where any of them can; otherwise a single
mark in an amount is a fraction, as in Telegram's exports. What stays unclear is an error, never a guess.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal

SMALLEST = Decimal("0.000000001")  # one nanoton
MIXED = "mixed"  # a column in which some amounts prove one mark and some the other
_MOST_DIGITS = 12  # on either side of the mark: enough for any budget, few enough to calculate exactly
_ABSENT = ("", "-", "\u2013", "\u2014")
_SPACES = str.maketrans("", "", " \u00a0\u202f\u2009'\u2019")
_PLAIN = re.compile(r"\d+")
_GROUPED = re.compile(r"\d{1,3}([.,]\d{3})+")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ISO = re.compile(r"(?P<year>\d{4})-(?P<month>\d\d?)-(?P<day>\d\d?)")
_DOTTED = re.compile(r"(?P<day>\d\d?)\.(?P<month>\d\d?)\.(?P<year>\d{4})")
_WORDED = re.compile(r"(?P<day>\d\d?) (?P<word>[A-Za-z]{3})[a-z]*\.?,? (?P<year>\d{4})")
_CLOCK = re.compile(r"(,? +|T)(?P<hour>\d\d?):(?P<minute>\d\d)(:\d\d(\.0+)?)?( ?(Z|UTC|\+00:00))?")


class Unreadable(ValueError):
    """Why a cell cannot be read, and what to do about it."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy


def moment(text: str) -> datetime:
    """The day, or the day and clock time of a finer export; exports are in UTC."""
    written = " ".join(text.split())
    for shape in (_ISO, _DOTTED, _WORDED):
        found = shape.match(written)
        if found is None:
            continue
        rest = written[found.end() :]
        clock = _CLOCK.fullmatch(rest) if rest else None
        if rest and clock is None:
            break
        parts = found.groupdict()
        month = int(parts["month"]) if "month" in parts else _month(parts["word"])
        hour, minute = (int(clock["hour"]), int(clock["minute"])) if clock else (0, 0)
        try:
            return datetime(int(parts["year"]), month, int(parts["day"]), hour, minute, tzinfo=UTC)
        except ValueError:
            break
    raise Unreadable(f"{text!r} is not a date", "Write dates like 2026-11-01, 01.11.2026 or 1 Nov 2026.")


def _month(word: str) -> int:
    return _MONTHS.index(word.lower()) + 1 if word.lower() in _MONTHS else 0


def count(text: str) -> int | None:
    """A whole number; None where the cell is empty."""
    written = text.strip().translate(_SPACES)
    if written in _ABSENT:
        return None
    if _GROUPED.fullmatch(written):  # nothing that is counted has a fraction
        written = re.sub("[.,]", "", written)
    if not _PLAIN.fullmatch(written):
        raise Unreadable(
            f"{text!r} is not a whole number", "Correct the number; whole numbers have no fraction or sign."
        )
    return int(written)


def decimal_mark(texts: Iterable[str]) -> str | None:
    """The mark this column's amounts use for fractions, where a cell proves it; None where none does, else `MIXED`."""
    proven: set[str] = set()
    for text in texts:
        written = text.strip().translate(_SPACES)
        marks = [each for each in written if each in ".,"]
        if len(set(marks)) == 2 and marks.count(marks[-1]) == 1:
            proven.add(marks[-1])  # both occur: the last one is the fraction's
        elif len(marks) == 1 and not _GROUPED.fullmatch(written):
            proven.add(marks[0])
        elif len(marks) > 1 and len(set(marks)) == 1 and _GROUPED.fullmatch(written):
            proven.add("." if marks[0] == "," else ",")  # it repeats: it groups thousands
    return MIXED if len(proven) == 2 else next(iter(proven), None)


def amount(text: str, *, mark: str | None) -> Decimal | None:
    """Exact; None where the cell is empty. `mark` is what `decimal_mark` found out about the whole column."""
    written = text.strip().translate(_SPACES)
    if written in _ABSENT:
        return None
    last = max(written.rfind("."), written.rfind(","))
    if mark == MIXED and _GROUPED.fullmatch(written):
        raise Unreadable(
            f"{text!r} may be a fraction or thousands", "Use one decimal mark all through the file, and no other."
        )
    fraction_mark = mark if mark in (".", ",") else written[last] if last >= 0 else "."
    thousands = "." if fraction_mark == "," else ","
    whole, separator, fraction = written.rpartition(fraction_mark) if fraction_mark in written else (written, "", "")
    if thousands in whole and not _GROUPED.fullmatch(whole):
        raise _not_an_amount(text)
    digits = whole.replace(thousands, "")
    if len(digits) > _MOST_DIGITS or len(fraction) > _MOST_DIGITS:
        raise _not_an_amount(text)
    if not _PLAIN.fullmatch(digits) or (separator and not _PLAIN.fullmatch(fraction)):
        raise _not_an_amount(text)
    value = Decimal(f"{digits}.{fraction or '0'}")
    if value % SMALLEST:
        raise Unreadable(f"{text!r} has more than nine decimals", "Correct the amount; TON has nine decimals at most.")
    return value


def _not_an_amount(text: str) -> Unreadable:
    return Unreadable(
        f"{text!r} is not an amount", "Correct the amount; fractions use one mark, the same all through the file."
    )
