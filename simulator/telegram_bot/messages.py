"""Sending, editing and deleting messages, with the lengths and shapes the Bot API insists on."""

import hashlib
import re
from typing import Any

from simulator.telegram_bot.answers import bad_request
from simulator.telegram_bot.bot import Bot, Sent
from simulator.telegram_bot.chats import destination
from simulator.telegram_bot.feed import first_message_id
from simulator.telegram_bot.parameters import Parameters
from simulator.world.model import Door

_LONGEST_TEXT, _LONGEST_CAPTION = 4096, 1024
_PARSE_MODES = ("html", "markdown", "markdownv2")
_TAG = re.compile(r"<(/?)([a-zA-Z-]+)[^<>]*>")


def send_message(door: Door, bot: Bot, asked: Parameters) -> dict[str, Any]:
    chat = destination(door.world, bot.account, asked)
    text = _plain(asked, asked.text("text"))
    if not text:
        raise bad_request("message text is empty")
    if len(text) > _LONGEST_TEXT:
        raise bad_request("message is too long")
    return _deliver(door, bot, asked, chat, {"text": text})


def send_photo(door: Door, bot: Bot, asked: Parameters) -> dict[str, Any]:
    chat = destination(door.world, bot.account, asked)
    content = asked.files.get("photo") or (asked.text("photo") or "").encode()
    attached = content.decode("utf-8", errors="replace")
    if attached.startswith("attach://"):
        content = asked.files.get(attached.removeprefix("attach://"), b"")
    if not content:
        raise bad_request("there is no photo in the request")
    caption = _plain(asked, asked.text("caption"))
    if len(caption) > _LONGEST_CAPTION:
        raise bad_request("message caption is too long")
    photo = {"photo": [_photo_size(content)]}
    return _deliver(door, bot, asked, chat, photo | ({"caption": caption} if caption else {}))


def edit_message_text(door: Door, bot: Bot, asked: Parameters) -> dict[str, Any]:
    chat = destination(door.world, bot.account, asked)
    sent = bot.sent.get((chat["id"], asked.integer("message_id", default=0)))
    if sent is None:
        raise bad_request("message to edit not found")
    text = _plain(asked, asked.text("text"))
    if not text:
        raise bad_request("message text is empty")
    if len(text) > _LONGEST_TEXT:
        raise bad_request("message is too long")
    if "text" not in sent.message:
        raise bad_request("there is no text in the message to edit")
    if text == sent.message["text"]:
        raise bad_request(
            "message is not modified: specified new message content and reply markup are exactly the same as a "
            "current content and reply markup of the message"
        )
    sent.message |= {"text": text, "edit_date": int(door.world.now().timestamp())}
    return sent.message


def delete_message(door: Door, bot: Bot, asked: Parameters) -> bool:
    chat = destination(door.world, bot.account, asked)
    key = (chat["id"], asked.integer("message_id", default=0))
    is_post = chat["type"] == "channel" and _is_past_post(door, bot, key)
    if bot.sent.pop(key, None) is None and not is_post:
        raise bad_request("message to delete not found")
    bot.deleted.add(key)
    return True


def _is_past_post(door: Door, bot: Bot, key: tuple[int, int]) -> bool:
    today = first_message_id(door.world.now().date())
    return key[1] > 0 and key[1] % 1000 == 0 and key[1] <= today and key not in bot.deleted


def _deliver(door: Door, bot: Bot, asked: Parameters, chat: dict[str, Any], content: dict[str, Any]) -> dict[str, Any]:
    markup = asked.structure("reply_markup")
    if markup is not None and not isinstance(markup, dict):
        raise bad_request("object expected as reply markup")
    bot.limits.take(chat["id"], door.wall_clock())
    now = door.world.now()
    message: dict[str, Any] = {
        "message_id": bot.next_message_id(now),
        "date": int(now.timestamp()),
        "chat": chat,
        **content,
    }
    message |= {"sender_chat": chat} if chat["type"] == "channel" else {"from": bot.user}
    if isinstance(markup, dict) and "inline_keyboard" in markup:
        message["reply_markup"] = markup
    bot.sent[chat["id"], message["message_id"]] = Sent(chat_id=chat["id"], message=message)
    return message


def _plain(asked: Parameters, text: str | None) -> str:
    """The text as people see it. Mark-up that does not close is refused, as the platform does."""
    mode = (asked.text("parse_mode") or "").lower()
    if mode and mode not in _PARSE_MODES:
        raise bad_request("unsupported parse_mode")
    if not text or mode != "html":
        return text or ""
    opened: list[str] = []
    for tag in _TAG.finditer(text):
        closes, name = bool(tag[1]), tag[2].lower()
        if not closes:
            opened.append(name)
        elif not opened or opened.pop() != name:
            raise bad_request(f"can't parse entities: Unmatched end tag at byte offset {tag.start()}")
    if opened:
        raise bad_request(f"can't parse entities: Can't find end tag corresponding to start tag \"{opened[-1]}\"")
    return _TAG.sub("", text)


def _photo_size(content: bytes) -> dict[str, Any]:
    name = hashlib.sha256(content).hexdigest()
    return {
        "file_id": f"AgAC{name[:40]}",
        "file_unique_id": f"AQAD{name[:12]}",
        "width": 1280,
        "height": 720,
        "file_size": len(content),
    }
