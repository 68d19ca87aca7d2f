"""The one schema of config keys: what each means, its kind, default and hard bounds, who owns it, who may set it.

Config is what people tune while Weir runs; what a deployment is made of (addresses, secrets) are settings. The bounds
hold for stored values too: narrowing one here makes a value outside it refused at its next reading.
"""

from dataclasses import dataclass
from decimal import Context, Decimal, InvalidOperation
from typing import TypeAlias

from ledger.canonical import Json
from ledger.errors import ConfigRefused, UnknownConfigKey

Value: TypeAlias = bool | int | Decimal | str


@dataclass(frozen=True, kw_only=True)
class ConfigKey:
    """The kind is the default's: bool, int, Decimal, or text out of `choices`. Bounds are inclusive."""

    name: str
    description: str
    default: Value
    unit: str
    owner: str
    low: int | Decimal | None = None
    high: int | Decimal | None = None
    choices: tuple[str, ...] = ()
    person_only: bool = False

    def check(self, value: Value) -> Value:
        """The value itself, or every reason in one refusal."""
        if type(value) is not type(self.default):
            raise ConfigRefused(f"{self.name} takes {self.takes}, not {value!r}")
        if isinstance(value, str) and value not in self.choices:
            raise ConfigRefused(f"{self.name} takes {self.takes}, not {value!r}")
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            if isinstance(value, Decimal) and not value.is_finite():
                raise ConfigRefused(f"{self.name} takes {self.takes}, not {value}")
            too_low, too_high = self.low is not None and value < self.low, self.high is not None and value > self.high
            if too_low or too_high:
                raise ConfigRefused(f"{self.name} takes {self.takes}, not {value}")
        return value

    def parse(self, text: str) -> Value:
        """A value as a person writes it."""
        text = text.strip()
        try:
            match self.default:
                case bool():
                    return {"true": True, "on": True, "false": False, "off": False}[text.lower()]
                case int():
                    return self.check(int(text))
                case Decimal():
                    return self.check(Decimal(text))
                case _:
                    return self.check(text)
        except (KeyError, ValueError, InvalidOperation) as error:
            raise ConfigRefused(f"{self.name} takes {self.takes}, not {text!r}") from error

    def to_json(self, value: Value) -> Json:
        """Numbers that are equal are one text, whatever digits they were written with."""
        if not isinstance(value, Decimal):
            return value
        digits = Context(prec=max(1, len(value.as_tuple().digits)))  # the usual context would round
        return f"{value.normalize(digits):f}"

    def from_json(self, stored: Json) -> Value:
        if isinstance(self.default, Decimal) and isinstance(stored, str):
            return self.check(Decimal(stored))
        if isinstance(stored, bool | int | str):
            return self.check(stored)
        raise ConfigRefused(f"{self.name} takes {self.takes}; what is stored is {stored!r}: set it again")

    @property
    def takes(self) -> str:
        match self.default:
            case bool():
                return "true or false"
            case str():
                return " or ".join(self.choices)
            case _:
                kind = "an exact number" if isinstance(self.default, Decimal) else "a whole number"
                bounds = f" from {self.low} to {self.high}" if self.low is not None and self.high is not None else ""
                return f"{kind}{bounds} ({self.unit})"


CONFIG_KEYS: tuple[ConfigKey, ...] = (
    ConfigKey(
        name="alerts.repeat_after_hours",
        description="How long after an alert its cause, still open, is told again",
        default=24,
        low=1,
        high=168,
        unit="hours",
        owner="data",
    ),
    ConfigKey(
        name="checks.freshness_hours",
        description="How old the last pull that landed may be before the freshness check fails",
        default=26,
        low=1,
        high=168,
        unit="hours",
        owner="data",
    ),
    ConfigKey(
        name="checks.lowest_volume_share",
        description="The least share of its usual rows that a day may have before the volume check fails",
        default=Decimal("0.5"),
        low=Decimal("0"),
        high=Decimal("1"),
        unit="share of rows",
        owner="data",
    ),
    ConfigKey(
        name="checks.silence_hours",
        description="How long a source that tells by itself may be silent before its check fails",
        default=6,
        low=1,
        high=168,
        unit="hours",
        owner="data",
    ),
    ConfigKey(
        name="publish.keep_builds",
        description="How many published builds are kept, the current one included",
        default=5,
        low=2,
        high=100,
        unit="builds",
        owner="data",
    ),
    ConfigKey(
        name="spend.day_cap_usd",
        description="The most that all platforms together may be told to spend in a day",
        default=Decimal("50"),
        low=Decimal("0"),
        high=Decimal("100"),
        unit="USD a day",
        owner="growth",
        person_only=True,
    ),
    ConfigKey(
        name="spend.month_cap_usd",
        description="The most that all platforms together may be told to spend in a calendar month",
        default=Decimal("1500"),
        low=Decimal("0"),
        high=Decimal("3000"),
        unit="USD a month",
        owner="growth",
        person_only=True,
    ),
    ConfigKey(
        name="autonomy",
        description="Whether changes wait for a person (manual), or apply inside the policy (semi, full)",
        default="manual",
        choices=("manual", "semi", "full"),
        unit="level",
        owner="growth",
        person_only=True,
    ),
)


def config_key(name: str) -> ConfigKey:
    for key in CONFIG_KEYS:
        if key.name == name:
            return key
    raise UnknownConfigKey(
        f"there is no config key {name!r}; the keys are {', '.join(key.name for key in CONFIG_KEYS)}"
    )
