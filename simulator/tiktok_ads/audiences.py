"""Customer files: uploaded as hashed lines with a checksum, then made into an audience, added to it or taken from it.

Matching people takes the real platform hours; here an audience counts its lines at once.
"""

import hashlib
import re
from typing import Any

from simulator.tiktok_ads.call import Call, Upload
from simulator.tiktok_ads.envelope import Code, Outcome, Refusal, invalid
from simulator.tiktok_ads.lists import page_of
from simulator.tiktok_ads.objects import PARTY, platform_time
from simulator.world.model import AdObject

_SHA256 = re.compile(r"[0-9a-f]{64}")
_MD5 = re.compile(r"[0-9a-f]{32}")
_CALCULATE_TYPES = {
    "EMAIL_SHA256": _SHA256,
    "PHONE_SHA256": _SHA256,
    "FIRST_SHA256": _SHA256,
    "IDFA_SHA256": _SHA256,
    "GAID_SHA256": _SHA256,
    "IDFA_MD5": _MD5,
    "GAID_MD5": _MD5,
}
_MOST_FILES = 500


def upload_file(call: Call) -> Outcome:
    asked, account = call.parameters, call.account
    shape = _CALCULATE_TYPES[asked.choice("calculate_type", _CALCULATE_TYPES)]
    content = call.files.get("file")
    if content is None:
        raise Refusal(Code.FILE_MISSING, "file: Missing data for required field.")
    if hashlib.md5(content, usedforsecurity=False).hexdigest() != asked.text("file_signature"):
        raise Refusal(Code.SIGNATURE_WRONG, "file_signature: Does not match the file.")
    lines = [line.strip() for line in content.decode("utf-8", errors="replace").splitlines() if line.strip()]
    if not lines:
        raise Refusal(Code.FILE_EMPTY, "file: The file is empty.")
    if unhashed := [number for number, line in enumerate(lines, start=1) if not shape.fullmatch(line)]:
        raise Refusal(Code.NOT_HASHED, f"file: Line {unhashed[0]} is not hashed as calculate_type says.")
    file_path = f"{account.id}/{call.memory.next_number():032x}"
    call.memory.uploads[file_path] = Upload(
        advertiser_id=account.id, calculate_type=asked.text("calculate_type"), lines=frozenset(lines)
    )
    return Outcome(data={"file_path": file_path})


def create_audience(call: Call) -> Outcome:
    asked, account = call.parameters, call.account
    name = asked.text("custom_audience_name", longest=128)
    calculate_type = asked.choice("calculate_type", _CALCULATE_TYPES)
    uploads = _uploads(call, calculate_type)
    made = call.door.world.create(
        PARTY, account.id, "audience", name=name, status="active", attributes={"calculate_type": calculate_type}
    )
    call.memory.members[made.id] = set().union(*(upload.lines for upload in uploads))
    return Outcome(data={"custom_audience_id": made.id})


def update_audience(call: Call) -> Outcome:
    found = _audience(call, call.parameters.text("custom_audience_id"))
    if "custom_audience_name" in call.parameters:
        name = call.parameters.text("custom_audience_name", longest=128)
        call.door.world.update(PARTY, "audience", found.id, name=name)
    if "action" in call.parameters or "file_paths" in call.parameters:
        action = call.parameters.choice("action", ("APPEND", "REMOVE", "REPLACE"))
        uploads = _uploads(call, str(found.attributes["calculate_type"]))
        lines: set[str] = set().union(*(upload.lines for upload in uploads))
        members = call.memory.members.setdefault(found.id, set())
        before = set() if action == "REPLACE" else set(members)
        call.memory.members[found.id] = before - lines if action == "REMOVE" else before | lines
    return Outcome(data={"custom_audience_id": found.id})


def get_audiences(call: Call) -> Outcome:
    ids = call.parameters.texts("custom_audience_ids", most=100, required=True)
    rows = [_row(_audience(call, each), call) for each in ids]
    return Outcome(data={"list": [{"audience_details": row} for row in rows]})


def list_audiences(call: Call) -> Outcome:
    found = call.door.world.objects(PARTY, call.account.id, "audience")
    rows = [_row(each, call) for each in found if each.status != "deleted"]
    shown, page_info = page_of(rows, call.parameters)
    return Outcome(data={"list": shown, "page_info": page_info})


def delete_audiences(call: Call) -> Outcome:
    ids = call.parameters.texts("custom_audience_ids", most=100, required=True)
    for found in [_audience(call, each) for each in ids]:
        call.door.world.update(PARTY, "audience", found.id, status="deleted")
    return Outcome(data={})


def _uploads(call: Call, calculate_type: str) -> list[Upload]:
    paths = call.parameters.texts("file_paths", most=_MOST_FILES, required=True)
    uploads = [call.memory.uploads.get(path) for path in paths]
    good = [each for each in uploads if each and each.advertiser_id == call.account.id]
    if len(good) != len(paths):
        raise Refusal(Code.FILE_MISSING, "file_paths: A file does not exist.")
    if any(each.calculate_type != calculate_type for each in good):
        raise invalid("calculate_type: Differs from the uploaded file's.")
    return good


def _audience(call: Call, audience_id: str) -> AdObject:
    found = call.door.world.find(PARTY, "audience", audience_id)
    if found is None or found.account_id != call.account.id or found.status == "deleted":
        raise Refusal(Code.NO_SUCH_OBJECT, f"The audience {audience_id} does not exist.")
    return found


def _row(found: AdObject, call: Call) -> dict[str, Any]:
    return {
        "audience_id": found.id,
        "name": found.name,
        "audience_type": "Customer File Audience",
        "calculate_type": found.attributes.get("calculate_type"),
        "cover_num": len(call.memory.members.get(found.id, ())),
        "is_valid": True,
        "create_time": platform_time(found.created_at),
    }
