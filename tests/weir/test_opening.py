"""`weir.open()`: published marts as views, one snapshot for a connection's whole life, and nothing to be changed."""

import os
from pathlib import Path

import duckdb
import pytest

import weir
from weir.home import Home
from weir.opening import NothingPublished


def publish(home: Path, build: str, marts: dict[str, list[str]]) -> None:
    """As the publish step does it: parts under a build id, then one atomic swap of `current`."""
    published = home / "published"
    for mart, parts in marts.items():
        folder = published / build / mart
        folder.mkdir(parents=True)
        for number, query in enumerate(parts):
            relation = duckdb.connect().sql(query)
            relation.write_parquet(str(folder / f"part-{number}.parquet"))
    link = published / "current.new"
    link.symlink_to(build)
    os.replace(link, published / "current")


def test_each_mart_is_a_view_over_all_its_parts(tmp_path: Path) -> None:
    publish(
        tmp_path,
        "b1",
        {"fct_ad_daily": ["select 1 as spend", "select 2 as spend"], "dim_campaign": ["select 'x' as id"]},
    )
    (tmp_path / "published" / "current" / "empty").mkdir()
    (tmp_path / "published" / "current" / "build.json").write_text("{}")
    with weir.open(tmp_path) as connection:
        assert connection.execute("select sum(spend) from fct_ad_daily").fetchone() == (3,)
        views = connection.execute("select view_name from duckdb_views() where not internal order by 1").fetchall()
        assert views == [("dim_campaign",), ("fct_ad_daily",)]


def test_it_gives_frames_and_reads_frames(tmp_path: Path) -> None:
    publish(tmp_path, "b1", {"m": ["select 1 as a union all select 2"]})
    with weir.open(tmp_path) as connection:
        frame = connection.sql("select * from m order by a").df()
        assert list(frame["a"]) == [1, 2]
        assert connection.sql("select count(*) from m join frame using (a)").fetchall() == [(2,)]


def test_a_connection_keeps_its_snapshot_while_another_is_published(tmp_path: Path) -> None:
    publish(tmp_path, "b1", {"m": ["select 1 as a"]})
    with weir.open(tmp_path) as before:
        publish(tmp_path, "b2", {"m": ["select 2 as a"], "n": ["select 3 as a"]})
        assert before.execute("select a from m").fetchall() == [(1,)]
        with weir.open(tmp_path) as after:
            assert after.execute("select m.a, n.a from m, n").fetchall() == [(2, 3)]
        assert before.execute("select a from m").fetchall() == [(1,)]


@pytest.mark.parametrize(
    "statement", ["drop view m", "create table t as select 1", "create or replace view m as select 9"]
)
def test_nothing_can_be_changed(tmp_path: Path, statement: str) -> None:
    publish(tmp_path, "b1", {"m": ["select 1 as a"]})
    with weir.open(tmp_path) as connection:
        with pytest.raises(duckdb.Error, match="read-only"):
            connection.execute(statement)
        assert connection.execute("select a from m").fetchall() == [(1,)]


def test_odd_names_and_paths_are_only_names_and_paths(tmp_path: Path) -> None:
    home = tmp_path / "it's [a] home; *"
    publish(home, "b1", {'ma"rt': ["select 1 as a"]})
    with weir.open(home) as connection:
        assert connection.execute('select a from "ma""rt"').fetchall() == [(1,)]


def test_instants_are_shown_in_utc(tmp_path: Path) -> None:
    publish(tmp_path, "b1", {"m": ["select timestamptz '2026-11-01 08:00:00+02:00' as seen_at"]})
    with weir.open(tmp_path) as connection:
        assert connection.execute("select cast(seen_at as varchar) from m").fetchone() == ("2026-11-01 06:00:00+00",)


def test_the_home_comes_from_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(tmp_path / "h", "b1", {"m": ["select 1 as a"]})
    monkeypatch.setenv("WEIR_HOME", str(tmp_path / "h"))
    with weir.open() as connection:
        assert connection.execute("select a from m").fetchall() == [(1,)]


def test_before_the_first_build_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(NothingPublished, match="`weir build`"):
        weir.open(tmp_path)
    Home(tmp_path).create()
    with pytest.raises(NothingPublished, match="`weir build`"):
        weir.open(tmp_path)


def test_a_home_has_its_places_and_making_it_twice_changes_nothing(tmp_path: Path) -> None:
    home = Home(tmp_path / "a" / "b").create()
    (home.landing / "kept").write_text("x")
    home.create()
    assert sorted(path.name for path in home.root.iterdir()) == ["dagster", "lake", "landing", "published", "reports"]
    assert (home.warehouse.name, home.ledger.name) == ("warehouse.duckdb", "ledger.sqlite")
    assert (home.landing / "kept").read_text() == "x"
    with pytest.raises(ValueError, match="absolute"):
        Home(Path("relative"))
