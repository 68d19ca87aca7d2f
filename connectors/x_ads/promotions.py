"""New tweets and their promotions, each looked for first and made only when it is not there yet."""

from connectors.ad_platform import AdDraft, CreativeDraft, Level, Status
from connectors.taxonomy import NotSupported, Rejected
from connectors.x_ads.lookup import Lookup
from connectors.x_ads.params import texts
from connectors.x_ads.wire import Wire

_MAKE_CARD = "Make a card on X and hand in its address as extras['card_uri']."


class Promotions:
    def __init__(self, wire: Wire, lookup: Lookup) -> None:
        self._wire = wire
        self._lookup = lookup

    def tweet(self, draft: CreativeDraft) -> str:
        existing = self._lookup.only(self._lookup.tweets(draft.name), f"tweets named {draft.name!r}")
        if existing is not None:
            return existing["tweet_id"]
        if (draft.headline or draft.call_to_action) and "card_uri" not in draft.extras:
            said = self._wire.said("POST tweet", "a tweet has no headline and no button of its own")
            raise NotSupported(said, remedy=_MAKE_CARD)
        has_page = draft.landing_page in draft.text or "card_uri" in draft.extras
        params = {
            "name": draft.name,
            "text": draft.text if has_page else f"{draft.text} {draft.landing_page}".strip(),
            "as_user_id": self._author(draft),
            "nullcast": "true",
        }
        if draft.image_ref is not None:
            params["media_keys"] = draft.image_ref
        return self._wire.write("POST", self._wire.account_path("/tweet"), params | texts(draft.extras))["tweet_id"]

    def promoted_tweet(self, draft: AdDraft) -> str:
        """Found again by its line item and tweet, as X gives promotions no name."""
        if (draft.creative is None) == (draft.creative_id is None):
            raise ValueError("an ad draft has a creative or a creative's id, not both")
        if draft.status is not Status.ACTIVE:
            self._check_is_resting(draft)
        tweet_id = draft.creative_id or (self.tweet(draft.creative) if draft.creative else "")
        path = self._wire.account_path("/promoted_tweets")
        present = self._wire.pages(path, {"line_item_ids": draft.ad_group_id})
        for row in present:
            if (row["tweet_id"], row["line_item_id"]) == (tweet_id, draft.ad_group_id):
                return row["id"]
        made = self._wire.write("POST", path, {"line_item_id": draft.ad_group_id, "tweet_ids": tweet_id})
        return made[0]["id"]

    def _check_is_resting(self, draft: AdDraft) -> None:
        """A promotion runs as soon as it exists: a paused one is only to be had in a line item that is paused."""
        parent = self._lookup.read(Level.AD_GROUP, draft.ad_group_id)
        if parent.status is not Status.PAUSED:
            said = self._wire.said("POST promoted_tweets", "X starts a promoted tweet as soon as it exists")
            raise NotSupported(said, remedy="Pause its line item first, or ask for an active ad.")

    def _author(self, draft: CreativeDraft) -> str:
        if "as_user_id" in draft.extras:
            return str(draft.extras["as_user_id"])
        users = list(self._wire.pages(self._wire.account_path("/promotable_users")))
        full = [row for row in users if row.get("promotable_user_type") == "FULL"]
        if len(full) != 1:
            said = self._wire.said("GET promotable_users", f"{len(full)} users could be the author")
            raise Rejected(said, remedy="Name one of them as extras['as_user_id'].")
        return full[0]["user_id"]
