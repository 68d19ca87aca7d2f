"""Product events as the collector lands them, by the million: files of lines with their manifests, in a landing zone.

The kinds, their shares and what each says of itself are those of a reading, shopping and gaming product.
"""

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

from connectors.lake.sql import fill, in_memory, literal
from connectors.landing.layout import LandingLayout, stream_of
from connectors.landing.manifest import Manifest, Pull

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
_ARTICLE = '"article_id":"art_\' || h1 % 4000 || \'","category":"\' || c || \'"'
_PRODUCT = '"product_id":"prd_\' || h1 % 300 || \'"'
_ORDER = "lpad((h1 % 100000000)::varchar, 20, '0')"
_KINDS: tuple[tuple[int, str, str], ...] = (  # share of a hundred, kind, what its properties say, as SQL
    (34, "article_view", f"'{_ARTICLE}'"),
    (18, "article_read_complete", f"""'{_ARTICLE},"seconds":' || h2 % 600"""),
    (3, "article_share", f"""'{_ARTICLE},"channel":"telegram"'"""),
    (4, "hub_follow", """'"hub_id":"hub_' || h1 % 90 || '","category":"' || c || '"'"""),
    (10, "product_view", f"'{_PRODUCT}'"),
    (4, "product_add_to_cart", f"""'{_PRODUCT},"cart_id":"c' || {_ORDER} || '"'"""),
    (2, "purchase_complete", f"""'{_PRODUCT},"order_id":"o' || {_ORDER} || '","purchase_number":' || h2 % 9"""),
    (
        9,
        "game_played",
        """'"game_id":"game_' || h1 % 12 || '","result":"loss","with_token":true,"token":"LARK","stake":' || h2 % 50
            || ',"multiplier":' || (h2 % 400) / 100 || ',"payout":' || h2 % 200""",
    ),
    (6, "token_earned", """'"token":"LARK","amount":' || h2 % 20 || ',"reason":"article_read"'"""),
    (6, "session_end", """'"seconds":' || h2 % 3000"""),
    (3, "login", """'"device":"ios"'"""),
    (1, "signup", """'"method":"email","country":"DE","device":"ios"'"""),
)
_PRICED = ("product_add_to_cart", "purchase_complete")
_LINES = """
    copy (
        select '{{"event_id":"' || uuid() || '"' || if(h1 % 3 > 0, ',"user_id":"u_' || person || '"', '')
            || ',"anonymous_id":"a_' || md5(person::varchar) || '","event_type":"' || kind || '","occurred_at":"'
            || strftime(moment, '%Y-%m-%dT%H:%M:%S.%gZ') || '","source_app":"' || if(h1 % 2 = 0, 'web', 'ios') || '"'
            || if(kind in ({priced}), ',"value":"' || (h2 % 9000) / 100 || '","currency":"EUR"', '')
            || ',"properties":{{' || said || ',"session_id":"s_' || lpad(to_hex(h1 // 1000), 16, '0')
            || '"}},"received_at":"' || strftime(moment + to_milliseconds((h2 % 5000)::bigint), '%Y-%m-%dT%H:%M:%S.%fZ')
            || '"}}'
        from (
            select *, case {kinds} end as kind, case {said} end as said from (
                select h1, h2, h1 % 100 as share, (h2 % {people}) as person, 'topic-' || h2 % 12 as c,
                    timestamp {first} + to_microseconds((i * {micros})::bigint) as moment
                from (select i, hash(i, {seed}) as h1, hash({seed}, i) as h2 from range({count}) as numbers(i))
            )
        )
    ) to {path} (format csv, header false, quote '', escape '', delimiter '\x01')
"""


def land_day(landing: Path, day: int, *, events: int, files: int = 1, account: str = "web") -> list[Path]:
    """One day's events, in files that were sealed one after the other."""
    pulls = []
    for number in range(files):
        at = FIRST + timedelta(days=day) + number * timedelta(days=1) / files
        pull = Pull(
            pull_id=f"{number:06d}",
            party="product",
            entity="events",
            account_id=account,
            pulled_at=at + timedelta(days=1) / files,
            complete=False,
        )
        data = LandingLayout(landing).data(stream_of(pull), pull.stem)
        data.parent.mkdir(parents=True, exist_ok=True)
        _write(data, first=at, span=timedelta(days=1) / files, events=events // files, seed=day * 10_000 + number)
        pulls.append((pull, data))
    with ThreadPoolExecutor(2) as checking:
        list(checking.map(lambda each: _finish(landing, *each), pulls))
    return [data for _, data in pulls]


def wait_again(landing: Path, data: Sequence[Path]) -> None:
    """Makes landed files wait to be loaded."""
    for path in data:
        marker = landing / "_pending" / path.relative_to(landing).with_suffix("")
        marker.parent.mkdir(parents=True, exist_ok=True)
        marker.write_text("")


def _write(path: Path, *, first: datetime, span: timedelta, events: int, seed: int) -> None:
    kinds, said, upto = "", "", 0
    for share, kind, words in _KINDS:
        upto += share
        kinds += f" when share < {upto} then {literal(kind)}"
        said += f" when share < {upto} then {words}"
    query = fill(
        _LINES,
        priced=", ".join(literal(kind) for kind in _PRICED),
        kinds=kinds,
        said=said,
        people=str(max(events // 4, 1)),
        first=literal(first.replace(tzinfo=None).isoformat(sep=" ")),
        micros=str(span.total_seconds() * 1e6 / events),
        seed=str(seed),
        count=str(events),
        path=literal(path.as_posix()),
    )
    with in_memory() as connection:
        connection.execute(query)


def _finish(landing: Path, pull: Pull, data: Path) -> None:
    rows, digest = 0, hashlib.sha256()
    with data.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
            rows += block.count(b"\n")
    manifest = Manifest(pull=pull, rows=rows, bytes=data.stat().st_size, sha256=digest.hexdigest())
    LandingLayout(landing).manifest(stream_of(pull), pull.stem).write_text(manifest.to_json())
    wait_again(landing, [data])
