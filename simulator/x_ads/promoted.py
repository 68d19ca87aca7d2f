"""Tweets, and their promotion on line items. A promotion cannot be edited: it is deleted and made anew."""

from datetime import timedelta

from simulator.world.model import AdObject, Level
from simulator.x_ads import views
from simulator.x_ads.envelope import ApiError, invalid_parameter, missing_parameter, not_found
from simulator.x_ads.gate import PARTY, Answer, Visit
from simulator.x_ads.line_items import LINE_ITEMS
from simulator.x_ads.listing import list_objects, list_views

MOST_PROMOTED = 50
LONGEST_TWEET = 280
SAME_TEXT_WITHIN = timedelta(hours=24)


def find(visit: Visit, level: Level, what: str, object_id: str) -> AdObject:
    found = visit.world.find(PARTY, level, object_id)
    if found is None or found.account_id != visit.account.id:
        raise not_found(what, object_id)
    return found


def list_promoted(visit: Visit) -> Answer:
    objects = visit.world.objects(PARTY, visit.account.id, "ad")
    filters = {"promoted_tweet_ids": "id", "line_item_ids": "line_item_id"}
    return list_objects(visit, objects, views.promoted_tweet, filters=filters)


def read_promoted(visit: Visit) -> Answer:
    found = find(visit, "ad", "PROMOTED_TWEET", visit.path("object_id"))
    return Answer(data=views.promoted_tweet(visit.account, found))


def promote(visit: Visit) -> Answer:
    line_item = LINE_ITEMS.find(visit, visit.params.required("line_item_id"))
    if line_item.status == "deleted":
        raise not_found("LINE_ITEM", line_item.id)
    tweet_ids = visit.params.listed("tweet_ids", most=MOST_PROMOTED)
    if not tweet_ids:
        raise missing_parameter("tweet_ids")
    tweets = [find(visit, "creative", "TWEET", tweet_id) for tweet_id in tweet_ids]
    promoted = {
        each.attributes.get("creative_id")
        for each in visit.world.objects(PARTY, visit.account.id, "ad")
        if each.parent_id == line_item.id and each.status != "deleted"
    }
    for tweet in tweets:
        if tweet.id in promoted:
            raise ApiError(400, "DUPLICATE_PROMOTABLE_ENTITY", "this tweet is already promoted here", value=tweet.id)
    made = [
        visit.world.create(
            PARTY,
            visit.account.id,
            "ad",
            name=tweet.name,
            parent_id=line_item.id,
            status="active",
            attributes={"creative_id": tweet.id, "landing_page": tweet.attributes.get("landing_page")},
        )
        for tweet in tweets
    ]
    return Answer(data=[views.promoted_tweet(visit.account, each) for each in made], status=201)


def unpromote(visit: Visit) -> Answer:
    found = find(visit, "ad", "PROMOTED_TWEET", visit.path("object_id"))
    deleted = visit.world.update(PARTY, "ad", found.id, status="deleted")
    return Answer(data=views.promoted_tweet(visit.account, deleted))


def list_tweets(visit: Visit) -> Answer:
    visit.params.required("tweet_type")
    if visit.params.choice("tweet_type", ("PUBLISHED", "SCHEDULED", "DRAFT")) != "PUBLISHED":
        return list_views(visit, [], filters={})
    visit.params.choice("timeline_type", ("ALL", "NULLCAST", "ORGANIC"))
    objects = visit.world.objects(PARTY, visit.account.id, "creative")
    return list_objects(visit, objects, views.tweet, filters={"tweet_ids": "tweet_id"})


def create_tweet(visit: Visit) -> Answer:
    params = visit.params
    author = params.required("as_user_id")
    if author != views.promotable_user(visit.account)["user_id"]:
        raise ApiError(403, "UNAUTHORIZED_CLIENT_APPLICATION", f"not permitted to tweet as user {author}")
    media = params.listed("media_keys")
    text = params.text("text") if media else params.required("text")
    if text is not None and len(text) > LONGEST_TWEET:
        raise invalid_parameter("text", text, f"at most {LONGEST_TWEET} characters")
    earliest = visit.world.now() - SAME_TEXT_WITHIN
    for earlier in visit.world.objects(PARTY, visit.account.id, "creative"):
        says_the_same = views.tweet(visit.account, earlier)["full_text"] == text
        if says_the_same and earlier.status != "deleted" and earlier.created_at > earliest:
            raise ApiError(400, "DUPLICATE_TWEET", "Status is a duplicate.", parameter="text")
    page = next((word for word in reversed((text or "").split()) if word.startswith("https://")), None)
    tweet = visit.world.create(
        PARTY,
        visit.account.id,
        "creative",
        name=params.text("name") or "",
        status="active",
        attributes={
            "text": text,
            "landing_page": page,
            "card_uri": params.text("card_uri"),
            "media_keys": media,
        },
    )
    return Answer(data=views.tweet(visit.account, tweet), status=201)


def list_promotable_users(visit: Visit) -> Answer:
    return list_views(visit, [views.promotable_user(visit.account)], filters={"promotable_user_ids": "id"})


def list_funding(visit: Visit) -> Answer:
    return list_views(visit, views.funding_instruments(visit.account), filters={"funding_instrument_ids": "id"})


def read_funding(visit: Visit) -> Answer:
    wanted = visit.path("object_id")
    for each in views.funding_instruments(visit.account):
        if each["id"] == wanted:
            return Answer(data=each)
    raise not_found("FUNDING_INSTRUMENT", wanted)
