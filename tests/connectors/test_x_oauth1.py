"""Signatures of `connectors.x_ads.oauth1` against published ones and ones confirmed with another implementation."""

from urllib.parse import unquote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oauthlib.oauth1 import Client

from connectors.x_ads.oauth1 import Keys, authorization, base_url, signature

# Credentials, nonce and timestamp of X's own worked example of a signed request; they are public and open nothing.
KEYS = Keys(
    consumer_key="xvz1evFS4wEEPTGEFPHBog",
    consumer_secret="kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw",
    token="370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb",
    token_secret="LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE",
)
NONCE = "kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg"
TIMESTAMP = 1318622958

STATUS = (("status", "Hello Ladies + Gentlemen, a signed OAuth request!"),)
STATS = (
    ("entity", "CAMPAIGN"),
    ("entity_ids", "8u94t,8u94u"),
    ("start_time", "2026-11-01T07:00:00Z"),
    ("end_time", "2026-11-03T08:00:00Z"),
    ("granularity", "DAY"),
    ("placement", "ALL_ON_TWITTER"),
    ("metric_groups", "ENGAGEMENT,BILLING"),
)
BUDGET = (("entity_status", "PAUSED"), ("daily_budget_amount_local_micro", "5500000"))
UPDATE = "/1.1/statuses/update.json?include_entities=true"
ADS = "https://ads-api.x.com/12"


@pytest.mark.parametrize(
    ("method", "url", "form", "expected"),
    [
        (
            "POST",
            "https://api.x.com/1.1/statuses/update.json?include_entities=true",
            STATUS,
            "Ls93hJiZbQ3akF3HF3x1Bz8/zU4=",
        ),
        (
            "POST",
            "https://api.twitter.com/1.1/statuses/update.json?include_entities=true",
            STATUS,
            "hCtSmYh+iHYCEqBWrE7C7hYmtUk=",
        ),
        ("GET", f"{ADS}/stats/accounts/18ce54d4x5t?{urlencode(STATS)}", (), "cJ58hmo9VJuu2ZZ7KA9VGHkX3lY="),
        (
            "PUT",
            f"{ADS}/accounts/18ce54d4x5t/campaigns/8wku2?{urlencode(BUDGET)}",
            (),
            "VTLaPOn6uQjBB+uZzkXhP2mBd8k=",
        ),
        ("POST", f"{ADS}/batch/accounts/18ce54d4x5t/campaigns", (), "kh+3nxDTDtRYjV/Aec+uesRcCyc="),
        ("GET", "http://127.0.0.1:8099/12/accounts/18ce54d4x5t", (), "4HGNctUj/Zky7URwnnSXcHgmc0o="),
    ],
    ids=["published", "published for the older host", "stats", "budget", "JSON batch", "with a port"],
)
def test_signatures_match_the_known_ones(method, url, form, expected):
    assert signature(KEYS, method, url, form=form, timestamp=TIMESTAMP, nonce=NONCE) == expected


def test_the_stale_value_still_printed_in_one_place_does_not_match():
    """One page prints `tnnArxj06…` beside an address of API version 1; for the address now in use it is wrong."""
    for host in ("api.x.com", "api.twitter.com"):
        url = f"https://{host}/1.1/statuses/update.json?include_entities=true"
        signed = signature(KEYS, "POST", url, form=STATUS, timestamp=TIMESTAMP, nonce=NONCE)
        assert signed != "tnnArxj06cWHq44gCs1OSKk/jLY="


def test_the_stale_value_belongs_to_the_retired_path():
    url = "https://api.twitter.com/1/statuses/update.json?include_entities=true"
    assert signature(KEYS, "POST", url, form=STATUS, timestamp=TIMESTAMP, nonce=NONCE) == "tnnArxj06cWHq44gCs1OSKk/jLY="


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("HTTPS://Ads-API.X.com:443/12/accounts?x=1", "https://ads-api.x.com/12/accounts"),
        ("http://127.0.0.1:80/12/accounts", "http://127.0.0.1/12/accounts"),
        ("http://127.0.0.1:443/12/accounts", "http://127.0.0.1:443/12/accounts"),
        ("https://ads-api.x.com", "https://ads-api.x.com/"),
        ("http://[::1]:8099/prefix/12/a%20b#f", "http://[::1]:8099/prefix/12/a%20b"),
    ],
)
def test_the_base_url_keeps_what_counts_and_drops_what_does_not(url, expected):
    assert base_url(url) == expected


words = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)


@given(pairs=st.lists(st.tuples(words.filter(bool), words), max_size=6), method=st.sampled_from(["GET", "PUT", "POST"]))
def test_any_query_with_repeated_keys_signs_as_another_implementation_signs_it(pairs, method):
    url = f"http://127.0.0.1:8099/12/accounts/abc?{urlencode(pairs)}"
    theirs = Client(
        KEYS.consumer_key,
        client_secret=KEYS.consumer_secret,
        resource_owner_key=KEYS.token,
        resource_owner_secret=KEYS.token_secret,
        nonce=NONCE,
        timestamp=str(TIMESTAMP),
    )
    _, headers, _ = theirs.sign(url, http_method=method)
    header = authorization(KEYS, method, url, timestamp=TIMESTAMP, nonce=NONCE)
    assert fields_of(header) == fields_of(headers["Authorization"])


def fields_of(header: str) -> dict[str, str]:
    pairs = (item.split("=", 1) for item in header.removeprefix("OAuth ").split(", "))
    return {key: unquote(value.strip('"')) for key, value in pairs}


def test_secrets_show_in_no_repr():
    shown = repr(KEYS)
    for secret in (KEYS.consumer_key, KEYS.consumer_secret, KEYS.token, KEYS.token_secret):
        assert secret not in shown
