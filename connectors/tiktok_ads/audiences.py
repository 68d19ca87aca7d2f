"""Customer files: people go to TikTok as a file of e-mail hashes with a checksum, and audiences are made of files.

A file whose checksum was accepted arrived whole; how many of its people TikTok knows is never told.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence

from connectors.ad_platform import AudienceReceipt
from connectors.taxonomy import Rejected, TransientError
from connectors.tiktok_ads.client import TikTokClient

_SHA256 = re.compile(r"[0-9a-f]{64}")
_CALCULATE_TYPE = "EMAIL_SHA256"
_MOST_LINES = 500_000  # 32.5 MB a file; the platform takes 50
# A new audience needs a file. This line is the hash of an address that cannot exist, so it matches nobody.
_NOBODY = hashlib.sha256(b"nobody@invalid").hexdigest()


def create_audience(client: TikTokClient, name: str) -> str:
    path = _upload(client, [_NOBODY])
    body = {"custom_audience_name": name, "file_paths": [path], "calculate_type": _CALCULATE_TYPE}
    return str(client.post("dmp/custom_audience/create", body)["custom_audience_id"])


def sync_audience(
    client: TikTokClient, audience_id: str, *, add: Iterable[str], remove: Iterable[str]
) -> AudienceReceipt:
    wanted = [("APPEND", _hashes(client, add)), ("REMOVE", _hashes(client, remove))]
    sent = 0
    for action, hashes in wanted:
        if hashes:
            paths = [
                _upload(client, hashes[start : start + _MOST_LINES]) for start in range(0, len(hashes), _MOST_LINES)
            ]
            body = {"custom_audience_id": audience_id, "action": action, "file_paths": paths}
            client.post("dmp/custom_audience/update", body)
            sent += len(hashes)
    return AudienceReceipt(audience_id=audience_id, received=sent, invalid=0)


def _hashes(client: TikTokClient, people: Iterable[str]) -> list[str]:
    """Every value in order; one that is no hash refuses them all, and is not repeated in the message."""
    hashes = list(people)
    for number, each in enumerate(hashes, start=1):
        if not _SHA256.fullmatch(each):
            said = client.said("sync audience", f"value {number} is not a lower-case SHA-256 in hex")
            raise Rejected(
                said, remedy="Hash normalised addresses before they are handed over; plain ones never leave."
            )
    return hashes


def _upload(client: TikTokClient, hashes: Sequence[str]) -> str:
    content = "".join(f"{each}\n" for each in hashes).encode()
    fields = {
        "calculate_type": _CALCULATE_TYPE,
        "file_signature": hashlib.md5(content, usedforsecurity=False).hexdigest(),
    }
    path = client.upload("dmp/custom_audience/file/upload", fields, file_name="people.txt", content=content).get(
        "file_path"
    )
    if not path:
        raise TransientError(client.said("dmp/custom_audience/file/upload", "the answer holds no file_path"))
    return str(path)
