"""Accounts from numbered variables: found for any platform, the missing variable named, secrets never held."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weir.accounts import BadAddress, SecretSource, base_address, configured_accounts

TOKEN = "made-up-token-for-tests"


def found(environ: dict[str, str]) -> tuple[list[tuple[int, str, str]], dict[str, str]]:
    result = configured_accounts(environ, env_prefix="META", required=("TOKEN",), optional=("APP_SECRET",))
    assert TOKEN not in repr(result)
    accounts = [(account.number, account.account_id, account.credential_prefix) for account in result.accounts]
    return accounts, {problem.variable: problem.message for problem in result.problems}


def account(number: int, account_id: str) -> dict[str, str]:
    return {f"META_ACCOUNT_{number}_ID": account_id, f"META_ACCOUNT_{number}_TOKEN": TOKEN}


def test_accounts_come_in_the_order_of_their_numbers_and_gaps_are_fine() -> None:
    assert found(account(10, "30") | account(2, "20") | account(1, "10")) == (
        [(1, "10", "META_ACCOUNT_1"), (2, "20", "META_ACCOUNT_2"), (10, "30", "META_ACCOUNT_10")],
        {},
    )


def test_no_variables_mean_no_accounts_and_no_problem() -> None:
    assert found({"X_ACCOUNT_1_ID": "1", "META_BASE_URL": "http://127.0.0.1:1", "METADATA_ACCOUNT_1_ID": "2"}) == (
        [],
        {},
    )


def test_a_copied_example_with_blanks_is_no_account() -> None:
    assert found({"META_ACCOUNT_1_ID": "", "META_ACCOUNT_1_TOKEN": " "}) == ([], {})


@pytest.mark.parametrize("missing", ["META_ACCOUNT_2_ID", "META_ACCOUNT_2_TOKEN"])
def test_the_missing_variable_is_named_and_the_other_accounts_stay(missing: str) -> None:
    environ = account(1, "10") | account(2, "20")
    del environ[missing]
    accounts, problems = found(environ)
    assert accounts == [(1, "10", "META_ACCOUNT_1")]
    assert problems == {missing: f"{missing} is not set, so account 2 is left out"}


def test_a_misspelt_suffix_is_pointed_out() -> None:
    _, problems = found(account(7, "70") | {"META_ACCOUNT_7_APPSECRET": TOKEN})
    assert problems == {
        "META_ACCOUNT_7_APPSECRET": "META_ACCOUNT_7_APPSECRET means nothing: did you mean META_ACCOUNT_7_APP_SECRET?"
    }


@pytest.mark.parametrize("name", ["META_ACCOUNT_0_ID", "META_ACCOUNT_01_ID", "META_ACCOUNT_ONE_ID", "META_ACCOUNT_ID"])
def test_a_name_without_a_number_from_one_is_pointed_out(name: str) -> None:
    accounts, problems = found({name: "10"})
    assert accounts == []
    assert list(problems) == [name]


def test_the_same_account_twice_is_taken_once() -> None:
    accounts, problems = found(account(1, "10") | account(2, "10"))
    assert accounts == [(1, "10", "META_ACCOUNT_1")]
    assert problems == {"META_ACCOUNT_2_ID": "META_ACCOUNT_2_ID repeats META_ACCOUNT_1_ID, so account 2 is left out"}


def test_a_platform_may_list_its_id_among_its_credentials() -> None:
    result = configured_accounts({"T_ACCOUNT_1_TOKEN": "x"}, env_prefix="T", required=("ID", "TOKEN"))
    assert [problem.variable for problem in result.problems] == ["T_ACCOUNT_1_ID"]


@given(st.dictionaries(st.integers(1, 10_000), st.integers(1, 10**18).map(str), max_size=20))
def test_every_complete_group_is_found_exactly_once(groups: dict[int, str]) -> None:
    environ = {name: value for number, each in groups.items() for name, value in account(number, each).items()}
    result = configured_accounts(environ, env_prefix="META", required=("TOKEN",))
    assert {each.account_id for each in result.accounts} == set(groups.values())
    assert len(result.accounts) + len(result.problems) == len(groups)
    assert [each.number for each in result.accounts] == sorted(each.number for each in result.accounts)


def test_a_secret_is_resolved_at_use_and_never_shown() -> None:
    environ = {"META_ACCOUNT_1_TOKEN": TOKEN, "BLANK": "  "}
    source = SecretSource(environ)
    assert source("META_ACCOUNT_1_TOKEN") == TOKEN
    assert source("BLANK") is None
    assert source("ABSENT") is None
    environ["META_ACCOUNT_1_TOKEN"] = "rotated"
    assert source("META_ACCOUNT_1_TOKEN") == "rotated"
    assert "rotated" not in repr(source)


def test_the_base_address_can_be_set_and_loses_its_slash() -> None:
    default = "https://ads.example.com"
    assert base_address({}, env_prefix="META", default=default) == default
    assert base_address({"META_BASE_URL": ""}, env_prefix="META", default=default) == default
    given = {"META_BASE_URL": "http://127.0.0.1:8765/prefix/"}
    assert base_address(given, env_prefix="META", default=default) == "http://127.0.0.1:8765/prefix"


@pytest.mark.parametrize(
    "address", ["127.0.0.1:80", f"https://user:{TOKEN}@host", f"https://host/?t={TOKEN}", "http://"]
)
def test_a_base_address_with_secrets_or_without_a_scheme_is_refused_unquoted(address: str) -> None:
    with pytest.raises(BadAddress, match="META_BASE_URL") as caught:
        base_address({"META_BASE_URL": address}, env_prefix="META", default="https://ads.example.com")
    assert TOKEN not in str(caught.value)
