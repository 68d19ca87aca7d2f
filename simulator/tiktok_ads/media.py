"""`file/video/ad/info/` and `file/image/ad/info/`: the pictures and films that an advertiser's ads carry."""

from typing import Any

from simulator.tiktok_ads.call import Call
from simulator.tiktok_ads.envelope import Outcome
from simulator.tiktok_ads.objects import Tree, ad_row

_MOST_VIDEOS, _MOST_IMAGES = 60, 100


def video_info(call: Call) -> Outcome:
    wanted = call.parameters.texts("video_ids", most=_MOST_VIDEOS, required=True)
    known = {row["video_id"]: row for row in _ads(call) if row.get("video_id")}
    rows = [
        {
            "video_id": each,
            "material_id": each,
            "file_name": known[each]["ad_name"],
            "format": "mp4",
            "width": 720,
            "height": 1280,
            "duration": 15.0,
            "displayable": True,
            "create_time": known[each]["create_time"],
        }
        for each in wanted
        if each in known
    ]
    return Outcome(data={"list": rows})


def image_info(call: Call) -> Outcome:
    wanted = call.parameters.texts("image_ids", most=_MOST_IMAGES, required=True)
    known = {image: row for row in _ads(call) for image in row.get("image_ids") or ()}
    rows = [
        {
            "image_id": each,
            "material_id": each,
            "file_name": known[each]["ad_name"],
            "format": "jpeg",
            "width": 720,
            "height": 1280,
            "displayable": True,
            "create_time": known[each]["create_time"],
        }
        for each in wanted
        if each in known
    ]
    return Outcome(data={"list": rows})


def _ads(call: Call) -> list[dict[str, Any]]:
    tree = Tree.of(call.door.world, call.account.id)
    return [ad_row(found, tree) for found in tree.ads.values()]
