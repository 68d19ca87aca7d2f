"""OAuth 1.0a with HMAC-SHA1: the signature X wants on every call, computed from what is really sent.

Query pairs (repeated keys included) and form bodies are signed; JSON bodies are not. Timestamp and nonce are handed in,
so a signature can be repeated and checked against published ones. When to sign is decided in `connectors.x_ads.wire`.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, urlsplit

Pair = tuple[str, str]

DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, kw_only=True)
class Keys:
    """The four secrets of one user of one app; none of them shows in a repr."""

    consumer_key: str = field(repr=False)
    consumer_secret: str = field(repr=False)
    token: str = field(repr=False)
    token_secret: str = field(repr=False)


def percent(text: str) -> str:
    """RFC 3986: everything but letters, digits and `-._~` is escaped, the slash too."""
    return quote(text, safe="-._~")


def base_url(url: str) -> str:
    """Scheme, host, port (unless it is the scheme's own) and path as sent, without query or fragment."""
    parts = urlsplit(url)
    scheme, host = parts.scheme.lower(), (parts.hostname or "").lower()
    host = f"[{host}]" if ":" in host else host
    port = "" if parts.port in (None, DEFAULT_PORTS.get(scheme)) else f":{parts.port}"
    return f"{scheme}://{host}{port}{parts.path or '/'}"


def base_string(method: str, url: str, pairs: Iterable[Pair]) -> str:
    encoded = sorted((percent(key), percent(value)) for key, value in pairs)
    joined = "&".join(f"{key}={value}" for key, value in encoded)
    return f"{method.upper()}&{percent(base_url(url))}&{percent(joined)}"


def protocol_pairs(keys: Keys, *, timestamp: int, nonce: str) -> list[Pair]:
    return [
        ("oauth_consumer_key", keys.consumer_key),
        ("oauth_nonce", nonce),
        ("oauth_signature_method", "HMAC-SHA1"),
        ("oauth_timestamp", str(timestamp)),
        ("oauth_token", keys.token),
        ("oauth_version", "1.0"),
    ]


def signature(keys: Keys, method: str, url: str, *, form: Sequence[Pair] = (), timestamp: int, nonce: str) -> str:
    """`url` carries its query as sent; `form` holds the pairs of a form-encoded body, and stays empty for JSON."""
    query = parse_qsl(urlsplit(url).query, keep_blank_values=True)
    pairs = [*query, *form, *protocol_pairs(keys, timestamp=timestamp, nonce=nonce)]
    key = f"{percent(keys.consumer_secret)}&{percent(keys.token_secret)}"
    digest = hmac.new(key.encode(), base_string(method, url, pairs).encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def authorization(keys: Keys, method: str, url: str, *, form: Sequence[Pair] = (), timestamp: int, nonce: str) -> str:
    """The whole `Authorization` header."""
    signed = signature(keys, method, url, form=form, timestamp=timestamp, nonce=nonce)
    pairs = [*protocol_pairs(keys, timestamp=timestamp, nonce=nonce), ("oauth_signature", signed)]
    return "OAuth " + ", ".join(f'{key}="{percent(value)}"' for key, value in sorted(pairs))
