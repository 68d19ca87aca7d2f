"""The schema of config keys: what each takes, and that nothing else gets in, in whatever form it arrives."""

from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ledger.config_keys import CONFIG_KEYS, ConfigKey, Value, config_key
from ledger.errors import ConfigRefused, UnknownConfigKey

WHOLE = ConfigKey(name="whole", description="", default=5, low=1, high=10, unit="things", owner="data")
EXACT = ConfigKey(
    name="exact",
    description="",
    default=Decimal("0.5"),
    low=Decimal("0"),
    high=Decimal("1.5"),
    unit="share",
    owner="data",
)
SWITCH = ConfigKey(name="switch", description="", default=False, unit="", owner="data")
CHOICE = ConfigKey(name="choice", description="", default="a", choices=("a", "b"), unit="", owner="data")


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        (WHOLE, "1", 1),
        (WHOLE, " 10 ", 10),
        (EXACT, "0", Decimal("0")),
        (EXACT, "1.50", Decimal("1.5")),
        (SWITCH, "true", True),
        (SWITCH, "Off", False),
        (CHOICE, "b", "b"),
    ],
)
def test_a_value_as_written_is_understood(key: ConfigKey, text: str, value: Value) -> None:
    parsed = key.parse(text)
    assert parsed == value
    assert type(parsed) is type(value)


@pytest.mark.parametrize(
    ("key", "text"),
    [
        *((WHOLE, text) for text in ("0", "11", "1.5", "1e1", "true", "", "ten", "nan")),
        *((EXACT, text) for text in ("-0.01", "1.51", "NaN", "Infinity", "-Infinity", "sNaN", "half", "")),
        *((SWITCH, text) for text in ("1", "yes", "", "tru")),
        *((CHOICE, text) for text in ("c", "A", "")),
    ],
)
def test_anything_else_is_refused_with_what_it_takes(key: ConfigKey, text: str) -> None:
    with pytest.raises(ConfigRefused) as caught:
        key.parse(text)
    assert str(caught.value).startswith(f"{key.name} takes {key.takes}, not ")


@pytest.mark.parametrize(
    ("key", "value"),
    [(WHOLE, True), (WHOLE, Decimal("5")), (WHOLE, "5"), (EXACT, 1), (EXACT, "1"), (SWITCH, 1), (SWITCH, "true")],
)
def test_a_value_of_another_kind_is_refused_even_if_python_calls_it_equal(key: ConfigKey, value: Value) -> None:
    with pytest.raises(ConfigRefused):
        key.check(value)


@example(Decimal("5.7462155877102468293143088861E-28"))  # a digit more than the usual context keeps
@given(st.decimals(allow_nan=True, allow_infinity=True))
def test_an_exact_number_is_inside_its_bounds_or_refused(value: Decimal) -> None:
    inside = value.is_finite() and Decimal("0") <= value <= Decimal("1.5")
    if not inside:
        with pytest.raises(ConfigRefused):
            EXACT.check(value)
    else:
        stored = EXACT.to_json(EXACT.check(value))
        assert isinstance(stored, str)
        assert EXACT.from_json(stored) == value


@given(st.integers(1, 10))
def test_a_whole_number_survives_being_stored(value: int) -> None:
    assert WHOLE.from_json(WHOLE.to_json(WHOLE.check(value))) == value


@pytest.mark.parametrize("stored", [11, "5", None, [5], True])
def test_a_stored_value_outside_todays_schema_is_refused_at_reading(stored: object) -> None:
    with pytest.raises(ConfigRefused):
        WHOLE.from_json(stored)


def test_every_key_of_the_schema_is_complete_and_takes_its_own_default() -> None:
    names = [key.name for key in CONFIG_KEYS]
    assert len(names) == len(set(names))
    for key in CONFIG_KEYS:
        assert key.check(key.default) == key.default
        assert key.from_json(key.to_json(key.default)) == key.default
        assert key.description
        assert key.unit
        assert key.owner
        bounded = key.low is not None and key.high is not None and key.low < key.high
        assert bounded or key.choices or isinstance(key.default, bool)


def test_money_and_autonomy_are_for_people_only() -> None:
    assert {key.name for key in CONFIG_KEYS if key.person_only} == {
        "spend.day_cap_usd",
        "spend.month_cap_usd",
        "autonomy",
    }


def test_the_ceiling_of_a_month_is_in_code() -> None:
    with pytest.raises(ConfigRefused, match="from 0 to 3000"):
        config_key("spend.month_cap_usd").parse("3000.01")


def test_an_unknown_key_lists_the_known() -> None:
    with pytest.raises(UnknownConfigKey, match=r"no config key 'spend'; the keys are .*publish\.keep_builds"):
        config_key("spend")
