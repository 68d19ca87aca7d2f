"""Whether a webhook comes from whom it says: pure functions over the raw bytes, compared in constant time.

Standard Webhooks sign `id.timestamp.body`. Whop's key is the literal text of its whole secret; the svix dialect of mail
providers decodes what follows `whsec_` from base64. Meta signs the body alone.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Sequence
from datetime import datetime, timedelta

_ID = re.compile(r"[!-~]{1,200}")
_TIMESTAMP = re.compile(r"\d{1,12}")


class Forged(Exception):
    """A signature that does not prove the sender, or a delivery that is too old. The message says which."""


def literal_key(secret: str) -> bytes:
    return secret.encode()


def svix_key(secret: str) -> bytes:
    """Raises ValueError where the secret is not one of these."""
    try:
        return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error as error:
        raise ValueError("the secret is not whsec_ and base64") from error


def check_standard(
    *,
    message_id: str,
    timestamp: str,
    signatures: str,
    body: bytes,
    keys: Sequence[bytes],
    now: datetime,
    tolerance: timedelta,
) -> None:
    """Raises `Forged`. `signatures` are `v1,<base64>` separated by spaces; one that fits any key is enough."""
    if not _ID.fullmatch(message_id) or not _TIMESTAMP.fullmatch(timestamp):
        raise Forged("the id or the timestamp of the delivery is missing or not one")
    if abs(now.timestamp() - int(timestamp)) > tolerance.total_seconds():
        raise Forged(f"the delivery was signed more than {tolerance.total_seconds():g} s away from now")
    signed = b"%s.%s.%s" % (message_id.encode(), timestamp.encode(), body)
    given = [each.removeprefix("v1,").encode() for each in signatures.split(" ") if each.startswith("v1,")]
    expected = [base64.b64encode(hmac.digest(key, signed, hashlib.sha256)) for key in keys]
    if not _any_equal(given, expected):
        raise Forged("no signature fits the body")


def check_meta(*, signature: str, body: bytes, app_secret: bytes) -> None:
    """Raises `Forged`. The signature is `sha256=<hex>` over the raw body."""
    scheme, _, given = signature.partition("=")
    expected = hmac.digest(app_secret, body, hashlib.sha256).hex()
    if scheme != "sha256" or not _any_equal([given.encode(errors="replace")], [expected.encode()]):
        raise Forged("the signature does not fit the body")


def _any_equal(given: Sequence[bytes], expected: Sequence[bytes]) -> bool:
    found = False
    for one in given[:16]:  # a sender rotates two or three keys; more are somebody's guesses
        for other in expected:
            found |= hmac.compare_digest(one, other)
    return found
