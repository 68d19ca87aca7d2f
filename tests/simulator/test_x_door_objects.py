"""X's door and the objects behind it: pages, filters, budgets in micros, read-only properties, batches, audiences."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
import requests
from requests_oauthlib import OAuth1Session

from simulator.serving import Sim, serve
from simulator.world.scenario import TINY, X_US, AccountPlan
from simulator.x_ads.door import DOOR

X_JP = AccountPlan(party="x_ads", name="Larkspur 東京", market="JP", currency="JPY", timezone="Asia/Tokyo")
SCENARIO = replace(TINY, accounts=(X_US, X_JP), campaigns=3, history_days=2)


class Account:
    """One account, spoken to as its owner would."""

    def __init__(self, sim: Sim, number: int) -> None:
        held = sim.credential("x_ads", number)
        self.id = held.account_id
        self.root = f"{sim.base_url}/12"
        self.url = f"{self.root}/accounts/{held.account_id}"
        self.session = OAuth1Session(
            held.fields["CONSUMER_KEY"],
            client_secret=held.fields["CONSUMER_SECRET"],
            resource_owner_key=held.fields["TOKEN"],
            resource_owner_secret=held.fields["TOKEN_SECRET"],
        )

    def call(self, method: str, path: str, params: dict[str, Any] | None = None, json: Any = None) -> requests.Response:
        return self.session.request(method, f"{self.url}{path}", params=params, json=json)

    def data(self, method: str, path: str, params: dict[str, Any] | None = None) -> Any:
        answer = self.call(method, path, params)
        assert answer.ok, answer.text
        return answer.json()["data"]

    def new_campaign(self, name: str, **params: Any) -> Any:
        payer = self.data("GET", "/funding_instruments")[0]["id"]
        usual = {"daily_budget_amount_local_micro": 50_000_000, "entity_status": "PAUSED"}
        return self.data("POST", "/campaigns", {"name": name, "funding_instrument_id": payer, **usual, **params})


@pytest.fixture(scope="module")
def sim() -> Iterator[Sim]:
    with serve(scenario=SCENARIO, seed=5, specs=[DOOR]) as sim:
        yield sim


@pytest.fixture(scope="module")
def us(sim: Sim) -> Account:
    return Account(sim, 0)


@pytest.fixture(scope="module")
def jp(sim: Sim) -> Account:
    return Account(sim, 1)


def refusal(answer: requests.Response) -> tuple[int, str, str | None]:
    error = answer.json()["errors"][0]
    return answer.status_code, error["code"], error.get("parameter")


def test_pages_follow_cursors_and_miss_nothing_while_objects_are_deleted(us: Account):
    names = [f"paged {n}" for n in range(5)]
    made = [us.new_campaign(name)["id"] for name in names]
    first = us.call("GET", "/campaigns", {"q": "paged", "count": 2}).json()
    us.data("DELETE", f"/campaigns/{made[0]}")
    seen, cursor = [each["id"] for each in first["data"]], first["next_cursor"]
    while cursor:
        page = us.call("GET", "/campaigns", {"q": "paged", "count": 2, "cursor": cursor}).json()
        seen, cursor = seen + [each["id"] for each in page["data"]], page["next_cursor"]
    assert seen == made


def test_deleted_objects_are_listed_only_when_asked_for(us: Account):
    gone = us.new_campaign("to be deleted")["id"]
    assert us.data("DELETE", f"/campaigns/{gone}")["deleted"] is True
    assert gone not in {each["id"] for each in us.data("GET", "/campaigns")}
    assert gone in {each["id"] for each in us.data("GET", "/campaigns", {"with_deleted": "true"})}
    assert us.data("GET", f"/campaigns/{gone}")["deleted"] is True


def test_drafts_are_listed_only_when_asked_for(us: Account):
    draft = us.new_campaign("only a draft", entity_status="DRAFT")
    assert draft["entity_status"] == "DRAFT"
    assert us.data("GET", "/campaigns", {"q": "only a draft"}) == []
    assert [each["id"] for each in us.data("GET", "/campaigns", {"q": "ONLY A", "with_draft": "true"})] == [draft["id"]]


def test_the_total_count_is_told_on_request_and_excludes_a_cursor(us: Account):
    answer = us.call("GET", "/line_items", {"with_total_count": "true", "count": 1}).json()
    assert answer["total_count"] == 3
    assert len(answer["data"]) == 1
    both = {"with_total_count": "true", "cursor": answer["next_cursor"]}
    assert refusal(us.call("GET", "/line_items", both))[:2] == (400, "EXCLUSIVE_PARAMETERS")


def test_lists_are_sorted_and_filtered_by_ids_up_to_two_hundred(us: Account):
    items = us.data("GET", "/line_items")
    by_name = us.data("GET", "/line_items", {"sort_by": "name-desc"})
    assert [each["name"] for each in by_name] == sorted((each["name"] for each in items), reverse=True)
    one = us.data("GET", "/promoted_tweets", {"line_item_ids": items[0]["id"]})
    assert {each["line_item_id"] for each in one} == {items[0]["id"]}
    many = ",".join(f"id{n}" for n in range(201))
    assert refusal(us.call("GET", "/line_items", {"line_item_ids": many})) == (
        400,
        "INVALID_PARAMETER",
        "line_item_ids",
    )


@pytest.mark.parametrize(
    ("params", "parameter"),
    [
        ({"count": 0}, "count"),
        ({"count": 1001}, "count"),
        ({"sort_by": "luck"}, "sort_by"),
        ({"cursor": "?"}, "cursor"),
    ],
)
def test_wrong_list_parameters_are_named(us: Account, params: dict[str, Any], parameter: str):
    assert refusal(us.call("GET", "/campaigns", params)) == (400, "INVALID_PARAMETER", parameter)


def test_accounts_carry_a_zone_and_no_currency(us: Account, jp: Account):
    account = us.data("GET", "")
    assert account["timezone"] == "America/Los_Angeles"
    assert "currency" not in account
    assert jp.data("GET", "/funding_instruments")[0]["currency"] == "JPY"
    listed = jp.session.get(f"{jp.root}/accounts").json()["data"]
    assert [each["id"] for each in listed] == [jp.id]


def test_budgets_are_micros_in_every_currency(sim: Sim, us: Account, jp: Account):
    dollars = us.new_campaign("5.50 dollars", daily_budget_amount_local_micro=5_500_000)
    yen = jp.new_campaign("600 yen", daily_budget_amount_local_micro=600_000_000)
    assert dollars["daily_budget_amount_local_micro"] == 5_500_000
    assert dollars["currency"] == "USD"
    found = [sim.world.find("x_ads", "campaign", each["id"]) for each in (dollars, yen)]
    assert [each.daily_budget for each in found if each] == [Decimal("5.5"), Decimal(600)]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"daily_budget_amount_local_micro": "5.5"}, (400, "INVALID_PARAMETER", "daily_budget_amount_local_micro")),
        ({"daily_budget_amount_local_micro": "0"}, (400, "INVALID_PARAMETER", "daily_budget_amount_local_micro")),
        ({"daily_budget_amount_local_micro": "5500001"}, (400, "INVALID_PARAMETER", "daily_budget_amount_local_micro")),
        (
            {"daily_budget_amount_local_micro": "90000000"},
            (400, "INVALID_PARAMETER", "daily_budget_amount_local_micro"),
        ),
        (
            {"total_budget_amount_local_micro": "40000000"},
            (400, "INVALID_PARAMETER", "daily_budget_amount_local_micro"),
        ),
        ({"entity_status": "RUNNING"}, (400, "INVALID_PARAMETER", "entity_status")),
        ({"standard_delivery": "perhaps"}, (400, "INVALID_PARAMETER", "standard_delivery")),
        ({"name": ""}, (400, "MISSING_PARAMETER", "name")),
    ],
    ids=["not whole", "nothing", "finer than a cent", "above the total", "total below daily", "status", "flag", "name"],
)
def test_wrong_changes_are_refused_and_change_nothing(us: Account, change: dict[str, str], expected: Any):
    name = f"never changed by {change}"
    before = us.new_campaign(name, total_budget_amount_local_micro=80_000_000)
    assert refusal(us.call("PUT", f"/campaigns/{before['id']}", change)) == expected
    assert us.data("GET", f"/campaigns/{before['id']}") == before


def test_a_put_changes_what_is_sent_unsets_what_is_empty_and_ignores_read_only_properties(us: Account):
    before = us.new_campaign("as it was", total_budget_amount_local_micro=900_000_000, frequency_cap=3)
    sent = {
        "id": "forged",
        "created_at": "2001-01-01T00:00:00Z",
        "currency": "EUR",
        "servable": "true",
        "reasons_not_servable": ["a", "b"],
        "deleted": "true",
        "standard_delivery": "false",
        "total_budget_amount_local_micro": "",
        "frequency_cap": "",
    }
    after = us.data("PUT", f"/campaigns/{before['id']}", sent)
    changed = {"standard_delivery": False, "total_budget_amount_local_micro": None, "frequency_cap": None}
    assert after == {**before, **changed}


@pytest.mark.parametrize("left_out", ["name", "funding_instrument_id", "daily_budget_amount_local_micro"])
def test_a_campaign_needs_a_name_a_payer_and_a_budget(us: Account, left_out: str):
    payer = us.data("GET", "/funding_instruments")[0]["id"]
    params = {"name": "n", "funding_instrument_id": payer, "daily_budget_amount_local_micro": 1_000_000}
    del params[left_out]
    assert refusal(us.call("POST", "/campaigns", params)) == (400, "MISSING_PARAMETER", left_out)


def test_unknown_payers_are_refused_as_a_matter_of_funding(us: Account):
    params = {"name": "n", "funding_instrument_id": "zzz", "daily_budget_amount_local_micro": 1_000_000}
    assert refusal(us.call("POST", "/campaigns", params))[:2] == (403, "FUNDING_INSTRUMENT_NOT_FOUND")


LINE_ITEM = {
    "objective": "WEBSITE_CLICKS",
    "product_type": "PROMOTED_TWEETS",
    "placements": "ALL_ON_TWITTER",
    "start_time": "2026-11-06T00:00:00Z",
    "end_time": "2026-12-06T00:00:00Z",
    "entity_status": "PAUSED",
}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"campaign_id": ""}, (400, "MISSING_PARAMETER", "campaign_id")),
        ({"campaign_id": "zzz"}, (404, "CAMPAIGN_NOT_FOUND", None)),
        ({"objective": ""}, (400, "MISSING_PARAMETER", "objective")),
        ({"objective": "FAME"}, (400, "INVALID_PARAMETER", "objective")),
        ({"product_type": ""}, (400, "MISSING_PARAMETER", "product_type")),
        ({"placements": "ALL_ON_TWITTER,MOON"}, (400, "INVALID_PARAMETER", "placements")),
        ({"start_time": ""}, (400, "MISSING_PARAMETER", "start_time")),
        ({"end_time": "2026-11-06T00:00:00Z"}, (400, "INVALID_PARAMETER", "end_time")),
        ({"end_time": "soon"}, (400, "INVALID_PARAMETER", "end_time")),
        ({"bid_strategy": "MAX"}, (400, "MISSING_PARAMETER", "bid_amount_local_micro")),
        (
            {"daily_budget_amount_local_micro": 1_000_000},
            (400, "EXCLUSIVE_PARAMETERS", "daily_budget_amount_local_micro"),
        ),
    ],
)
def test_line_items_are_checked_before_they_are_made(us: Account, change: dict[str, Any], expected: Any):
    campaign = us.data("GET", "/campaigns")[0]["id"]
    answer = us.call("POST", "/line_items", {"campaign_id": campaign, **LINE_ITEM, **change})
    assert refusal(answer) == expected


def test_a_line_item_carries_the_budget_where_its_campaign_says_so(us: Account):
    payer = us.data("GET", "/funding_instruments")[0]["id"]
    params = {"name": "by line item", "funding_instrument_id": payer, "budget_optimization": "LINE_ITEM"}
    campaign = us.data("POST", "/campaigns", params)
    budget = {"campaign_id": campaign["id"], "daily_budget_amount_local_micro": 7_000_000, "name": "with money"}
    item = us.data("POST", "/line_items", {**LINE_ITEM, **budget})
    assert item["daily_budget_amount_local_micro"] == 7_000_000
    assert item["placements"] == ["ALL_ON_TWITTER"]
    assert (
        us.data("PUT", f"/line_items/{item['id']}", {"bid_strategy": "TARGET", "bid_amount_local_micro": 250_000})[
            "bid_amount_local_micro"
        ]
        == 250_000
    )


def batch(account: Account, *operations: Any) -> requests.Response:
    return account.session.post(f"{account.root}/batch/accounts/{account.id}/campaigns", json=list(operations))


def update(campaign_id: str, **params: Any) -> dict[str, Any]:
    return {"operation_type": "Update", "params": {"campaign_id": campaign_id, **params}}


def test_a_batch_does_all_of_it(us: Account):
    one, two = us.new_campaign("batched one")["id"], us.new_campaign("batched two")["id"]
    delete = {"operation_type": "Delete", "params": {"campaign_id": two}}
    answer = batch(us, update(one, name="renamed", standard_delivery=False), delete)
    assert [(each["name"], each["deleted"]) for each in answer.json()["data"]] == [
        ("renamed", False),
        ("batched two", True),
    ]


def test_a_batch_with_one_wrong_operation_does_nothing_and_says_which_was_wrong(us: Account):
    before = us.new_campaign("left alone")
    answer = batch(us, update(before["id"], name="changed"), update("zzz", name="x"), update(before["id"], name=None))
    assert answer.status_code == 400
    codes = [[error["code"] for error in errors] for errors in answer.json()["operation_errors"]]
    assert codes == [[], ["CAMPAIGN_NOT_FOUND"], ["MISSING_PARAMETER"]]
    assert us.data("GET", f"/campaigns/{before['id']}") == before


def test_a_batch_holds_forty_operations_at_most(us: Account):
    campaign = us.new_campaign("batched forty times")["id"]
    assert batch(us, *[update(campaign)] * 40).status_code == 201
    assert refusal(batch(us, *[update(campaign)] * 41)) == (400, "INVALID_PARAMETER", "body")


def tweet(account: Account, text: str, **params: Any) -> requests.Response:
    author = account.data("GET", "/promotable_users")[0]["user_id"]
    return account.call("POST", "/tweet", {"text": text, "as_user_id": author, "name": text, **params})


def test_tweets_are_posted_promoted_and_listed(us: Account):
    posted = tweet(us, "a new tweet https://larkspur.example/").json()["data"]
    item = us.data("GET", "/line_items")[0]["id"]
    promoted = us.data("POST", "/promoted_tweets", {"line_item_id": item, "tweet_ids": posted["tweet_id"]})
    assert [(each["tweet_id"], each["entity_status"]) for each in promoted] == [(posted["tweet_id"], "ACTIVE")]
    listed = us.data("GET", "/tweets", {"tweet_type": "PUBLISHED", "tweet_ids": posted["tweet_id"]})
    assert [each["full_text"] for each in listed] == ["a new tweet https://larkspur.example/"]


def test_the_same_tweet_twice_is_a_duplicate(us: Account):
    assert tweet(us, "said once").status_code == 201
    assert refusal(tweet(us, "said once", name="another name"))[:2] == (400, "DUPLICATE_TWEET")


def test_promoted_tweets_cannot_be_changed_only_deleted(us: Account):
    promoted = us.data("GET", "/promoted_tweets")[0]["id"]
    answer = us.call("PUT", f"/promoted_tweets/{promoted}", {"entity_status": "PAUSED"})
    assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (404, "text/html")
    assert us.data("DELETE", f"/promoted_tweets/{promoted}")["deleted"] is True


def test_targeting_criteria_belong_to_a_line_item(us: Account):
    place = us.session.get(f"{us.root}/targeting_criteria/locations", params={"country_code": "DE"}).json()["data"][0]
    item = us.data("GET", "/line_items")[0]["id"]
    aim = {"line_item_id": item, "targeting_type": "LOCATION", "targeting_value": place["targeting_value"]}
    made = us.data("POST", "/targeting_criteria", aim)
    assert us.data("GET", "/targeting_criteria", {"line_item_ids": item}) == [made]
    assert refusal(us.call("POST", "/targeting_criteria", aim))[1] == "DUPLICATE_TARGETING_CRITERION"
    us.data("DELETE", f"/targeting_criteria/{made['id']}")
    assert us.data("GET", "/targeting_criteria", {"line_item_ids": item}) == []
    assert refusal(us.call("GET", "/targeting_criteria")) == (400, "MISSING_PARAMETER", "line_item_ids")


def people(*emails: str, verb: str = "Update") -> dict[str, Any]:
    return {"operation_type": verb, "params": {"users": [{"email": [email]} for email in emails]}}


def test_audiences_take_hashes_and_count_what_they_did_not_take(us: Account):
    audience = us.data("POST", "/custom_audiences", {"name": "readers"})["id"]
    users = f"/custom_audiences/{audience}/users"
    hashes = [f"{n:064x}" for n in range(150)]
    mixed = us.call("POST", users, json=[people(*hashes, "plain@larkspur.example")]).json()["data"]
    assert mixed == {"success_count": 150, "total_count": 151}
    assert us.data("GET", f"/custom_audiences/{audience}")["audience_size"] == 150
    us.call("POST", users, json=[people(*hashes[:50], verb="Delete")])
    assert us.data("GET", f"/custom_audiences/{audience}")["audience_size"] == 100


def test_audience_calls_are_bounded_in_operations_and_bytes(us: Account):
    audience = us.data("POST", "/custom_audiences", {"name": "bounded"})["id"]
    users = f"/custom_audiences/{audience}/users"
    assert us.call("POST", users, json=[people("a" * 64)] * 2500).status_code == 200
    assert us.call("POST", users, json=[people("a" * 64)] * 2501).status_code == 400
    assert us.call("POST", users, json=[people(*["b" * 64] * 70_000)]).status_code == 400
    assert refusal(us.call("POST", users, json=[{"operation_type": "Upsert"}]))[2] == "operation_type"
