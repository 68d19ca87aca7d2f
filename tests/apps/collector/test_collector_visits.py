"""`/r/{code}` and `/p/{code}.gif`: where a visit leads, and what of it becomes a touch; no request says where."""

import json
from pathlib import Path
from typing import Any

import pytest

from apps.collector.agents import agent_class
from apps.collector.links import BadLink, campaign_fields, link_of

LINKS = [
    {
        "code": "spring",
        "url": "https://shop.example/spring?size=m&utm_source=newsletter#top",
        "platform": "meta_ads",
        "campaign_id": "c-1",
        "utm_source": "newsletter",
        "offer_code": "TEN",
    },
    {"code": "plain", "url": "https://shop.example/"},
]
PERSON = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1"


@pytest.fixture
def running(start: Any, home: Path) -> Any:
    home.mkdir()
    (home / "links.jsonl").write_text("".join(json.dumps(link) + "\n" for link in LINKS))
    return start()


def visit(running: Any, path: str, **headers: str) -> Any:
    running.client.cookies.clear()
    return running.client.get(path, headers={"user-agent": PERSON, **headers})


def touches(running: Any, kit: Any) -> list[Any]:
    running.stop()
    return kit.landed(running.home, "product/touches/links")


def test_a_click_goes_where_the_link_says_and_takes_its_campaign_along(running: Any, kit: Any) -> None:
    asked = "/r/spring?utm_source=facebook&utm_campaign=nov&fbclid=IwAR1&next=https://evil.example"
    answer = visit(running, asked, referer="https://l.facebook.com/")
    assert answer.status_code == 302
    # What the link says of itself is not replaced, and what is no campaign field goes no further.
    assert answer.headers["location"] == (
        "https://shop.example/spring?size=m&utm_source=newsletter&utm_campaign=nov&fbclid=IwAR1#top"
    )
    assert answer.headers["cache-control"] == "no-store"
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    (touch,) = touches(running, kit)
    assert touch.pop("touch_id")
    assert touch.pop("occurred_at") == touch.pop("received_at")
    assert f"weir_id={touch.pop('anonymous_id')};" in cookie
    assert touch == {
        "touch_kind": "click",
        "link_code": "spring",
        "landing_page": LINKS[0]["url"],
        "platform": "meta_ads",
        "campaign_id": "c-1",
        "offer_code": "TEN",
        "utm_source": "facebook",
        "utm_campaign": "nov",
        "click_id": "IwAR1",
        "fbclid": "IwAR1",
        "referrer": "https://l.facebook.com/",
        "user_agent_class": "phone",
    }


def test_a_pixel_is_a_view(running: Any, kit: Any) -> None:
    answer = visit(running, "/p/plain.gif?ttclid=E.C.P.1")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/gif")
    assert answer.content.startswith(b"GIF89a")
    (touch,) = touches(running, kit)
    assert (touch["touch_kind"], touch["click_id"], touch["platform"]) == ("view", "E.C.P.1", "tiktok_ads")


def test_a_visitor_who_comes_again_is_the_same_one(running: Any, kit: Any) -> None:
    visit(running, "/r/plain")
    first = running.client.cookies["weir_id"]
    running.client.get("/r/plain")
    visit(running, "/r/plain", cookie="weir_id=<script>")  # no id of ours: a new one
    ids = [touch["anonymous_id"] for touch in touches(running, kit)]
    assert ids[:2] == [first, first]
    assert ids[2] not in (first, "<script>")


@pytest.mark.parametrize("header", ["dnt", "sec-gpc"])
def test_who_does_not_want_to_be_tracked_gets_no_cookie_and_an_id_for_once(running: Any, kit: Any, header: str) -> None:
    assert "set-cookie" not in visit(running, "/r/plain", **{header: "1"}).headers
    known = "0123456789abcdef"
    visit(running, "/r/plain", **{header: "1", "cookie": f"weir_id={known}"})
    one, other = (touch["anonymous_id"] for touch in touches(running, kit))
    assert len({one, other, known}) == 3


def test_looking_where_a_link_leads_is_no_visit(running: Any, kit: Any) -> None:
    assert running.client.head("/r/plain").headers["location"] == "https://shop.example/"
    assert touches(running, kit) == []


def test_an_unknown_link_is_a_page_that_says_so(running: Any, kit: Any) -> None:
    for path in ("/r/nothing", "/p/nothing.gif", "/r/%00", "/r/..%2f..%2fetc%2fpasswd"):
        answer = running.client.get(path)
        assert answer.status_code == 404, path
    assert "leads nowhere" in running.client.get("/r/nothing").text
    assert touches(running, kit) == []


def test_a_link_that_is_added_or_mended_counts_at_once_and_a_bad_line_stops_no_other(running: Any, home: Path) -> None:
    lines = [
        {"code": "fresh", "url": "https://shop.example/fresh"},
        {"code": "bad", "url": "javascript:alert(1)"},
        {"code": "plain", "url": "https://shop.example/moved"},
    ]
    (home / "links.jsonl").write_text("no JSON\n" + "".join(json.dumps(line) + "\n" for line in lines))
    assert visit(running, "/r/fresh").headers["location"] == "https://shop.example/fresh"
    assert visit(running, "/r/plain").headers["location"] == "https://shop.example/moved"
    assert visit(running, "/r/bad").status_code == 404
    assert visit(running, "/r/spring").status_code == 404


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("nothing", "not JSON"),
        ('["spring"]', "not an object of texts"),
        ('{"code": 5, "url": "https://shop.example"}', "not an object of texts"),
        ('{"code": "a/b", "url": "https://shop.example"}', "letters, digits"),
        ('{"code": "", "url": "https://shop.example"}', "letters, digits"),
        ('{"code": "a", "url": "https://shop.example", "utm_sauce": "x"}', "utm_sauce means nothing"),
        *(
            (json.dumps({"code": "a", "url": url}), "not a plain")
            for url in (
                "",
                "javascript:alert(1)",
                "//evil.example",
                "https://",
                "https://shop.example@evil.example",
                "https://shop.example\\@evil.example",
                'https://shop.example/"onload=',
                "https://shop.example/\r\nset-cookie: a=b",
                "https://[::1",
                "data:text/html,hello",
            )
        ),
    ],
)
def test_a_line_that_is_no_link_is_left_out_and_says_why(line: str, why: str) -> None:
    with pytest.raises(BadLink, match=why):
        link_of(line)


def test_campaign_fields_are_cut_and_nothing_else_is_taken_along() -> None:
    query = {"utm_source": "x" * 600, "utm_medium": "", "fbclid": "a\r\nb", "password": "p", "twclid": "2-abc"}
    assert campaign_fields(query) == {"utm_source": "x" * 512, "twclid": "2-abc"}


@pytest.mark.parametrize(
    ("user_agent", "found"),
    [
        (PERSON, "phone"),
        ("Mozilla/5.0 (Linux; Android 16; Pixel 10) AppleWebKit/537.36 Chrome/150.0 Mobile Safari/537.36", "phone"),
        ("Mozilla/5.0 (Linux; Android 16; SM-X900) AppleWebKit/537.36 Chrome/150.0 Safari/537.36", "tablet"),
        ("Mozilla/5.0 (iPad; CPU OS 19_0 like Mac OS X) AppleWebKit/605.1.15", "tablet"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0", "computer"),
        ("facebookexternalhit/1.1", "bot"),
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "bot"),
        ("TelegramBot (like TwitterBot)", "bot"),
        ("curl/8.5.0", "bot"),
        ("", "bot"),
        ("  ", "bot"),
    ],
)
def test_robots_are_told_from_people(user_agent: str, found: str) -> None:
    assert agent_class(user_agent) == found
