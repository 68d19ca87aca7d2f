"""What a person is called in each system: user id, name, address, referral code, and the click ids platforms hand out.

All of it is a function of the person's number (or of the click), and the way back from an address or a code is exact.
"""

import re
from base64 import urlsafe_b64encode
from functools import lru_cache
from hashlib import blake2b

from simulator.world.lives.till import tag
from simulator.world.luck import key_of

_GIVEN = (
    "Ada", "Ben", "Carla", "Dario", "Emiko", "Farid", "Greta", "Haruto", "Ines", "Jonas", "Kavya", "Lena", "Mateo",
    "Nora", "Omar", "Priya", "Quinn", "Rosa", "Sora", "Tomás", "Uma", "Viktor", "Wen", "Ximena", "Yuki", "Zoë",
)  # fmt: skip
_FAMILY = (
    "Abe", "Braun", "Castro", "Dietrich", "Endo", "Fischer", "García", "Huber", "Iyer", "Jansen", "Kato", "Lang",
    "Mori", "Navarro", "Okada", "Patel", "Quist", "Rao", "Sato", "Torres", "Ueda", "Vega", "Weber", "Yamada", "Zhou",
)  # fmt: skip
_DOMAIN = "people.example"
_ADDRESS = re.compile(r"p(\d{7,})(?:\+[^@]*)?@people\.example", re.IGNORECASE)
_CODE_PRIME = 7_919_999_833  # spreads codes; its inverse leads back
_CODE_SIZE = 36**7
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def user_id(person: int) -> str:
    return f"p{person:07d}"


def person_of_user(user: str) -> int | None:
    return int(user[1:]) if re.fullmatch(r"p\d{7,}", user) else None


def email(person: int) -> str:
    return f"{user_id(person)}@{_DOMAIN}"


def person_of_email(address: str) -> int | None:
    """Whose address it is; None for addresses outside the practice world."""
    found = _ADDRESS.fullmatch(address.strip())
    return int(found[1]) if found else None


@lru_cache(maxsize=200_000)
def full_name(seed: int, person: int) -> str:
    key = key_of(seed, "name of", person)
    return f"{_GIVEN[key % len(_GIVEN)]} {_FAMILY[key // 64 % len(_FAMILY)]}"


def username(seed: int, person: int) -> str:
    return f"{full_name(seed, person).split()[0].lower()}{person}"


@lru_cache(maxsize=200_000)
def provider_user_id(seed: int, person: int) -> str:
    """The person at the payment provider."""
    return tag("user", seed, person)


@lru_cache(maxsize=200_000)
def provider_member_id(seed: int, person: int) -> str:
    return tag("mber", seed, person)


def anonymous_id(key: int) -> str:
    return f"anon_{key:016x}"


def referral_code(person: int) -> str:
    number, text = (person + 1) * _CODE_PRIME % _CODE_SIZE, ""
    for _ in range(7):
        number, digit = divmod(number, 36)
        text = _DIGITS[digit] + text
    return f"R{text}"


def person_of_code(code: str) -> int | None:
    if not re.fullmatch(r"R[0-9A-Z]{7}", code):
        return None
    return int(code[1:], 36) * pow(_CODE_PRIME, -1, _CODE_SIZE) % _CODE_SIZE - 1


def click_id(party: str, click: int) -> tuple[str, str] | None:
    """The name and value of the parameter that a platform adds to the landing page; None where it adds none."""
    text = urlsafe_b64encode(blake2b(f"click {click}".encode(), digest_size=48).digest()).decode().rstrip("=")
    match party:
        case "meta_ads":
            return "fbclid", f"IwZXh0bgNhZW0{text[:48]}"
        case "x_ads":
            return "twclid", f"2-{text[:26].lower().replace('-', '0').replace('_', '1')}"
        case "tiktok_ads":
            return "ttclid", f"E.C.P.{text}"
    return None
