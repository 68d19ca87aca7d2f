"""Who may send events: found in variables, every bad one named at once, and no key ever shown."""

import pytest

from weir.env_file import unknown_variables
from weir.settings import SettingsError
from weir.sources import configured_sources, find_source

KEY = "0123456789abcdef"


def test_a_source_is_its_name_its_keys_and_where_it_sends_from() -> None:
    server, page = configured_sources(
        {
            "WEIR_SOURCE_SHOP_API_KEY": f"new-{KEY} {KEY}",
            "WEIR_SOURCE_SHOP_API_EVENTS_PER_SECOND": "500",
            "WEIR_SOURCE_WEB_KEY": f"page-{KEY}",
            "WEIR_SOURCE_WEB_ORIGINS": "https://shop.example http://localhost:3000",
            "WEIR_SOURCE_OLD_KEY": " ",
            "WEIR_HOME": "/srv/weir",
        }
    )
    assert (server.name, server.is_browser, server.events_per_second) == ("shop_api", False, 500)
    assert (page.name, page.is_browser, page.events_per_second) == ("web", True, None)
    assert page.origins == {"https://shop.example", "http://localhost:3000"}
    found = [find_source((server, page), key) for key in (KEY, f"new-{KEY}", f"page-{KEY}", KEY[:-1], "")]
    assert found == [server, server, page, None, None]
    assert KEY not in repr((server, page))


@pytest.mark.parametrize(
    ("variables", "problems"),
    [
        ({"WEIR_SOURCE_WEB_KEY": "short"}, ["WEIR_SOURCE_WEB_KEY needs at least 16 printable ASCII characters"]),
        ({"WEIR_SOURCE_WEB_KEY": "é" * 16}, ["WEIR_SOURCE_WEB_KEY needs at least 16 printable ASCII characters"]),
        ({"WEIR_SOURCE_WEB_ORIGINS": "https://a.example"}, ["WEIR_SOURCE_WEB_KEY is not set, though other"]),
        ({"WEIR_SOURCE_KEY": KEY}, ["WEIR_SOURCE_KEY means nothing"]),
        ({"WEIR_SOURCE_web_KEY": KEY}, ["WEIR_SOURCE_web_KEY means nothing"]),
        (
            {"WEIR_SOURCE_A_KEY": KEY, "WEIR_SOURCE_A_ORIGINS": "shop.example", "WEIR_SOURCE_A_EVENTS_PER_SECOND": "0"},
            ["WEIR_SOURCE_A_ORIGINS: 'shop.example' is not an origin", "WEIR_SOURCE_A_EVENTS_PER_SECOND is '0'"],
        ),
        ({"WEIR_SOURCE_A_KEY": KEY, "WEIR_SOURCE_B_KEY": KEY}, ["WEIR_SOURCE_B_KEY repeats the key of a"]),
    ],
)
def test_every_problem_is_told_by_name(variables: dict[str, str], problems: list[str]) -> None:
    with pytest.raises(SettingsError) as told:
        configured_sources(variables)
    assert len(told.value.problems) == len(problems)
    assert all(any(wanted in problem for problem in told.value.problems) for wanted in problems)
    assert KEY not in str(told.value)


def test_variables_of_sources_are_not_taken_for_misspelt_settings() -> None:
    assert unknown_variables({"WEIR_SOURCE_WEB_KEY": KEY, "WEIR_SOURCE_OH_NO": "x"}) == ()
