"""A self-signed certificate for the practice mail server, made from the seed.

Nobody trusts it unless told to, and its key protects nothing: it only has to let STARTTLS happen. Made here by hand so
that a sink for tests needs no cryptography package and no program on the machine.
"""

import base64
import hashlib
from functools import lru_cache
from itertools import count

from simulator.world.luck import key_of

_BITS = 2048
_EXPONENT = 65_537
_SMALL_PRIMES = [n for n in range(3, 2000, 2) if all(n % d for d in range(3, int(n**0.5) + 1, 2))]
_SHA256_RSA, _RSA, _COMMON_NAME, _SAN, _CONSTRAINTS = (
    bytes.fromhex(text)
    for text in ("06092a864886f70d01010b", "06092a864886f70d010101", "0603550403", "0603551d11", "0603551d13")
)
_DIGEST_INFO = bytes.fromhex("3031300d060960864801650304020105000420")
_NULL = b"\x05\x00"


@lru_cache(maxsize=4)
def self_signed(seed: int) -> tuple[str, str]:
    """Certificate and private key as PEM, for localhost and 127.0.0.1."""
    p, q = _prime(seed, "p"), _prime(seed, "q")
    modulus, private = p * q, pow(_EXPONENT, -1, (p - 1) * (q - 1))
    key = _sequence(
        _integer(0), _integer(modulus), _integer(_EXPONENT), _integer(private), _integer(p), _integer(q),
        _integer(private % (p - 1)), _integer(private % (q - 1)), _integer(pow(q, -1, p)),
    )  # fmt: skip
    body = _to_be_signed(seed, modulus)
    padded = _DIGEST_INFO + hashlib.sha256(body).digest()
    padded = b"\x00\x01" + b"\xff" * (_BITS // 8 - len(padded) - 3) + b"\x00" + padded
    signature = pow(int.from_bytes(padded, "big"), private, modulus).to_bytes(_BITS // 8, "big")
    certificate = _sequence(body, _sequence(_SHA256_RSA, _NULL), _tagged(0x03, b"\x00" + signature))
    return _pem("CERTIFICATE", certificate), _pem("RSA PRIVATE KEY", key)


def _to_be_signed(seed: int, modulus: int) -> bytes:
    name = _sequence(_tagged(0x31, _sequence(_COMMON_NAME, _tagged(0x0C, b"localhost"))))
    validity = _sequence(_tagged(0x17, b"200101000000Z"), _tagged(0x17, b"491231235959Z"))
    public = _sequence(
        _sequence(_RSA, _NULL), _tagged(0x03, b"\x00" + _sequence(_integer(modulus), _integer(_EXPONENT)))
    )
    names = _sequence(_tagged(0x82, b"localhost"), _tagged(0x87, bytes([127, 0, 0, 1])))
    is_authority = _sequence(_tagged(0x01, b"\xff"))
    extensions = _sequence(
        _sequence(_CONSTRAINTS, _tagged(0x01, b"\xff"), _tagged(0x04, is_authority)),
        _sequence(_SAN, _tagged(0x04, names)),
    )
    return _sequence(
        _tagged(0xA0, _integer(2)), _integer(key_of(seed, "serial") >> 1), _sequence(_SHA256_RSA, _NULL), name,
        validity, name, public, _tagged(0xA3, extensions),
    )  # fmt: skip


def _prime(seed: int, name: str) -> int:
    size = _BITS // 2
    for attempt in count():
        words = b"".join(key_of(seed, "prime", name, attempt, part).to_bytes(8, "big") for part in range(size // 64))
        candidate = int.from_bytes(words, "big") | (3 << (size - 2)) | 1
        divides = any(candidate % prime == 0 for prime in _SMALL_PRIMES)
        if not divides and candidate % _EXPONENT != 1 and _is_probably_prime(candidate, seed):
            return candidate
    raise AssertionError("there is no end to counting")


def _is_probably_prime(candidate: int, seed: int) -> bool:
    """Miller and Rabin's test; a dozen rounds leave no room for doubt that would matter here."""
    odd, twos = candidate - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for turn in range(12):
        witness = 2 + key_of(seed, "witness", turn) % (candidate - 3)
        power = pow(witness, odd, candidate)
        if power in (1, candidate - 1):
            continue
        for _ in range(twos - 1):
            power = power * power % candidate
            if power == candidate - 1:
                break
        else:
            return False
    return True


def _tagged(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 128:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def _sequence(*parts: bytes) -> bytes:
    return _tagged(0x30, b"".join(parts))


def _integer(value: int) -> bytes:
    return _tagged(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def _pem(label: str, content: bytes) -> str:
    text = base64.b64encode(content).decode()
    lines = "\n".join(text[place : place + 64] for place in range(0, len(text), 64))
    return f"-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n"
