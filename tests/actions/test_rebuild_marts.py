"""The marts are made anew from the lake as it is: what waits to be loaded goes on waiting."""

import json
from pathlib import Path

import pytest

from actions.house import open_house
from actions.import_file import import_file
from actions.load_landed import load_landed
from actions.rebuild_marts import rebuild_marts
from connectors.landing.pending import find_pending
from connectors.warehouse.published import current_build


@pytest.mark.slow
def test_the_marts_are_built_and_published_and_nothing_that_waits_is_loaded(tmp_path: Path) -> None:
    house = open_house({"WEIR_HOME": str(tmp_path / "home")})
    house.home.create()
    rebuild_marts(house, on_progress=lambda message: None)
    assert not (house.home.published / "current").exists()  # from an empty lake nothing is built
    for number in (1, 2):
        event = {"event_id": f"e{number}", "user_id": "u", "event_type": "x", "occurred_at": "2026-11-18T08:00:00Z"}
        file = tmp_path / f"{number}.jsonl"
        file.write_text(json.dumps(event) + "\n")
        import_file(file, target="product/events", brought_by="test", ports=house.imports())
        if number == 1:
            load_landed(house.lake, warehouse=None).raise_failures()
    rebuild_marts(house, on_progress=lambda message: None)
    assert set(current_build(house.home.published).build.rows) >= {"fct_ad_daily", "fct_spend_daily"}
    assert len(find_pending(house.home.landing).landed) == 1
    with house.warehouse.writing() as connection:
        assert connection.execute("select event_id from raw.product__events").fetchall() == [("e1",)]
