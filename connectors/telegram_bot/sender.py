"""Writing as the bot: messages, pictures, and taking a message back.

Nothing here is idempotent and nothing is repeated blindly: an answer that never arrived raises `OutcomeUnknown`, and
there is no way to ask whether the message is there. Waits that Telegram states are kept.
"""

from collections.abc import Mapping
from typing import Any

from connectors.taxonomy import NotFound, OutcomeUnknown, Rejected
from connectors.telegram_bot.client import BotClient

LONGEST_TEXT = 4096
LONGEST_CAPTION = 1024


class BotSender:
    def __init__(self, client: BotClient) -> None:
        self._client = client

    def send_message(
        self,
        chat_id: str,
        text: str,
        *,
        parse_mode: str | None = None,
        reply_markup: Mapping[str, Any] | None = None,
        silent: bool = False,
    ) -> int:
        """The new message's id."""
        if parse_mode is None and len(text) > LONGEST_TEXT:
            raise Rejected(self._client.said("sendMessage", f"{len(text)} characters; {LONGEST_TEXT} are allowed"))
        body: dict[str, Any] = {"chat_id": chat_id, "text": text, "disable_notification": silent}
        if parse_mode is not None:
            body["parse_mode"] = parse_mode
        if reply_markup is not None:
            body["reply_markup"] = dict(reply_markup)
        return self._id(self._client.tell("sendMessage", body), "sendMessage")

    def send_photo(self, chat_id: str, photo: str | bytes, *, caption: str = "", silent: bool = False) -> int:
        """A picture by address, by Telegram's own file id, or as bytes; the new message's id."""
        if len(caption) > LONGEST_CAPTION:
            raise Rejected(self._client.said("sendPhoto", f"{len(caption)} characters; {LONGEST_CAPTION} are allowed"))
        fields = {"chat_id": chat_id, "disable_notification": "true" if silent else "false"}
        if caption:
            fields["caption"] = caption
        if isinstance(photo, str):
            sent = self._client.tell("sendPhoto", {**fields, "photo": photo})
        else:
            sent = self._client.tell_with_file("sendPhoto", fields, name="photo", content=photo)
        return self._id(sent, "sendPhoto")

    def delete_message(self, chat_id: str, message_id: int) -> None:
        """What is gone already counts as deleted."""
        try:
            self._client.tell("deleteMessage", {"chat_id": chat_id, "message_id": message_id})
        except NotFound as error:
            if "message to delete" not in error.said.message:
                raise

    def _id(self, message: Any, call: str) -> int:
        number = message.get("message_id") if isinstance(message, dict) else None
        if not isinstance(number, int):
            raise OutcomeUnknown(self._client.said(call, "the answer does not name the message"))
        return number
