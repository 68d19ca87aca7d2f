"""Custom audiences: people added and removed by the SHA-256 of their e-mail address, in uploads of one session."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from connectors.ad_platform import AudienceReceipt
from connectors.meta_ads.client import MetaClient
from connectors.taxonomy import OutcomeUnknown, Rejected

LARGEST_UPLOAD = 10_000
_SHA256 = re.compile(r"[0-9a-f]{64}")


def sync(client: MetaClient, audience_id: str, *, add: Iterable[str], remove: Iterable[str]) -> AudienceReceipt:
    """Nothing is sent unless everything is hashed; counts that do not add up are refused."""
    wanted = {"POST": list(add), "DELETE": list(remove)}
    for hashes in wanted.values():
        _refuse_plain(client, hashes)
    received = refused = 0
    for method, hashes in wanted.items():
        if hashes:
            accepted, rejected = _upload(client, audience_id, hashes, method=method)
            received, refused = received + accepted, refused + rejected
    return AudienceReceipt(audience_id=audience_id, received=received, invalid=refused)


def _upload(client: MetaClient, audience_id: str, hashes: Sequence[str], *, method: str) -> tuple[int, int]:
    session_id = client.rng.randrange(1, 2**63)
    answer: Mapping[str, Any] = {}
    for number, (chunk, is_last) in enumerate(_chunks(hashes), start=1):
        session = {
            "session_id": session_id,
            "batch_seq": number,
            "last_batch_flag": is_last,
            "estimated_num_total": len(hashes),
        }
        payload = {"schema": ["EMAIL"], "data": [[each] for each in chunk]}
        answer = client.write(f"{audience_id}/users", {"payload": payload, "session": session}, method=method)
    return _counted(client, audience_id, answer, sent=len(hashes))


def _counted(client: MetaClient, audience_id: str, answer: Mapping[str, Any], *, sent: int) -> tuple[int, int]:
    """Accepted and invalid of a whole session. What was received may or may not include what was invalid."""
    received, invalid = int(answer.get("num_received") or 0), int(answer.get("num_invalid_entries") or 0)
    if received == sent:
        return received - invalid, invalid
    if received + invalid == sent:
        return received, invalid
    raise OutcomeUnknown(
        client.said(
            f"{audience_id}/users", f"{sent} people were sent, {received} received and {invalid} invalid were counted"
        ),
        remedy="Send the whole audience again; adding or removing a person twice changes nothing.",
    )


def _chunks(hashes: Sequence[str]) -> Iterator[tuple[Sequence[str], bool]]:
    for start in range(0, len(hashes), LARGEST_UPLOAD):
        yield hashes[start : start + LARGEST_UPLOAD], start + LARGEST_UPLOAD >= len(hashes)


def _refuse_plain(client: MetaClient, hashes: Sequence[str]) -> None:
    plain = sum(1 for each in hashes if not _SHA256.fullmatch(each))
    if plain:
        raise Rejected(
            client.said("audience sync", f"{plain} of {len(hashes)} entries are no SHA-256 in lower-case hex"),
            remedy="Send normalised addresses hashed with SHA-256, never plain ones; nothing was sent.",
        )
