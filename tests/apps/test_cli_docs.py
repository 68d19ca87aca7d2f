"""`weir docs`: one page that describes the marts and needs neither network nor warehouse."""

import re
from pathlib import Path

import pytest


@pytest.mark.slow
def test_the_page_describes_the_marts_and_asks_nobody_for_anything(weir, home: Path) -> None:
    ended = weir("docs", "--json")
    assert ended.code == 0, ended.err
    page = home / "docs" / "index.html"
    assert ended.json == {"file": str(page), "address": page.as_uri()}
    text = page.read_text(encoding="utf-8")
    assert "model.weir.fct_ad_daily" in text
    assert re.findall(r'<(?:script|link|img)[^>]+(?:src|href)\s*=\s*"?https?:', text) == []
    assert not (home / "warehouse.duckdb").exists()
