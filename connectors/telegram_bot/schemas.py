"""What one row of each Telegram entity looks like.

The Bot API tells no history: how many members a channel has is known only for the moment one asks, and what happened
is told once, in a stream of updates that one bot has exactly one reading position in.
"""

from connectors.entity_schema import Column, EntitySchema, Kind, Type

PARTY = "telegram"


def _text(name: str, path: str, description: str, *, required: bool = False) -> Column:
    return Column(name, Type.TEXT, f"$.{path}", description, required=required)


def _whole(name: str, path: str, description: str) -> Column:
    return Column(name, Type.INTEGER, f"$.{path}", description)


def _instant(name: str, path: str, description: str) -> Column:
    return Column(name, Type.INSTANT, f"$.{path}", description)


CHANNEL_DAILY = EntitySchema(
    party=PARTY,
    entity="channel_daily",
    # Not a window: the past cannot be asked for again, so no later look may take back what an earlier one saw.
    kind=Kind.APPEND,
    description=(
        "One look at a channel: how many members it had at that instant. The last look of a day is the day's count; "
        "who joined and left is told by the updates in telegram/posts."
    ),
    key=("account_id", "observed_at"),
    day="date",
    columns=(
        Column("observed_at", Type.INSTANT, "$.observed_at", "When we looked.", required=True),
        Column("date", Type.DATE, "$.date", "The UTC day of the look.", required=True),
        _text("chat_id", "chat_id", "The channel."),
        _text("title", "title", "Its name at that instant."),
        _text("username", "username", "Its public name, without the @."),
        Column("members", Type.INTEGER, "$.members", "How many members it had.", required=True),
    ),
)

POSTS = EntitySchema(
    party=PARTY,
    entity="posts",
    kind=Kind.APPEND,
    description=(
        "One update about a channel, as the bot was told it: a post, a new count of a post's reactions, or somebody "
        "who joined or left. They share one stream, so they share one entity."
    ),
    key=("account_id", "update_id"),  # every bot counts its own updates
    cursor="$.update_id",
    columns=(
        Column("update_id", Type.INTEGER, "$.update_id", "The update; grows over time.", required=True),
        _text("post_chat_id", "channel_post.chat.id", "The channel of a new post."),
        _whole("post_message_id", "channel_post.message_id", "The post's number in its channel."),
        _instant("posted_at", "channel_post.date", "When it was posted."),
        _text("post_text", "channel_post.text", "Its text."),
        _text("post_caption", "channel_post.caption", "The text under its picture or film."),
        _text("edit_chat_id", "edited_channel_post.chat.id", "The channel of an edited post."),
        _whole("edit_message_id", "edited_channel_post.message_id", "The edited post's number."),
        _instant("edited_at", "edited_channel_post.edit_date", "When it was edited."),
        _text("edit_text", "edited_channel_post.text", "Its text from then on."),
        _text("reaction_chat_id", "message_reaction_count.chat.id", "The channel whose post was reacted to."),
        _whole("reaction_message_id", "message_reaction_count.message_id", "The post that was reacted to."),
        _instant("reactions_at", "message_reaction_count.date", "When the reactions stood so."),
        Column("reactions", Type.JSON, "$.message_reaction_count.reactions", "All reactions by kind, in total so far."),
        _text("member_chat_id", "chat_member.chat.id", "The channel somebody joined or left."),
        _instant("member_at", "chat_member.date", "When."),
        _text("member_before", "chat_member.old_chat_member.status", "Before: left, member, kicked …"),
        _text("member_after", "chat_member.new_chat_member.status", "After: member is a join, left or kicked a leave."),
        _text("invite_link", "chat_member.invite_link.invite_link", "The link the person followed, if any."),
        _text("invite_link_name", "chat_member.invite_link.name", "The link's name: the source of the join."),
    ),
)

ADS_EXPORT = EntitySchema(
    party=PARTY,
    entity="ads_export",
    kind=Kind.WINDOWED,
    description="One ad and UTC day from files exported at Telegram Ads by hand.",
    key=("ad", "date"),
    day="date",
    pulled=False,
    brought=True,
    columns=(
        _text("ad", "ad", "The ad, as whoever brought the files named it.", required=True),
        Column("date", Type.DATE, "$.date", "The UTC day.", required=True),
        _whole("views", "views", "Times shown."),
        _whole("clicks", "clicks", "Clicks."),
        _whole("joined", "joined", "People who joined the channel, where the export counts them."),
        _whole("started_bot", "started_bot", "People who started the bot, where the export counts them."),
        _whole("actions", "actions", "Joins and starts together, where the export only counts both."),
        Column("spend", Type.DECIMAL, "$.spend", "Spend in major units; TON has nine decimals."),
        _text("currency", "currency", "TON or EUR."),
        Column("files", Type.JSON, "$.files", "SHA-256 of each file the row was read from."),
    ),
)

SCHEMAS = (CHANNEL_DAILY, POSTS, ADS_EXPORT)
