"""What stands in the lake of the ad benches: three platforms, nine accounts, and arithmetic in place of chance.

Every number follows from a row's place, so a lake of the same size is the same lake. How it is written is said by
`bench.ad_lake`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from connectors.lake.sql import fill, literal

# One row in seven was restated once, a week after its day, where that has come: version 1 then took the place of
# version 0.
VERSIONED_AD_DAYS = """
    select numbered.*,
        (day + interval (30 + 168 * version) hour)::timestamptz as _valid_from,
        case when restated and version = 0 then (day + interval 198 hour)::timestamptz end as _valid_to
    from (
        select ads.ad, slices.slice, versions.version, days.day, days.day_number,
            (ads.ad * 31 + days.day_number * 17) % 7 = 0 and days.day + 8 <= date '{until}' as restated
        from range({ads}) as ads(ad)
        cross join (select unnest([{slices}]) as slice) as slices
        cross join (
            select range::date as day, range::date - date '{first}' as day_number
            from range(date '{since}', date '{until}', interval 1 day)
        ) as days
        cross join (values (0), (1)) as versions(version)
    ) as numbered
    where version = 0 or restated
"""
RESTATED_SHARE = 1 / 7
# What a row's payload weighs in a real lake; the models do not read it, but the files carry it.
_PAYLOAD = (
    "json_object('id', ad, 'date', day, 'impressions', (ad * 613 + day_number * 37) % 20000, 'metrics', "
    "json_object('conversion_purchases', ad % 5, 'conversion_sign_ups', null, 'clicks', version))::varchar"
)

_SPEND = "((ad * 7919 + day_number * 104729 + version * 13) % 50000)"
_COUNTS = {
    "payload": _PAYLOAD,
    "impressions": "(ad * 613 + day_number * 37) % 20000",
    "clicks": "(ad * 61 + day_number * 7 + version) % 400",
}


@dataclass(frozen=True, kw_only=True)
class Platform:
    """What differs between platforms: ids, slices, and how each says spend and claims."""

    party: str
    slices: Sequence[str]
    ad_column: str
    spend_column: str
    values: Mapping[str, str]  # column of ad_daily → SQL over ad, slice, day, day_number, version
    objects: Mapping[str, Mapping[str, str]]  # entity → column → SQL over ad (an ad group is ten ads, a campaign fifty)


@dataclass(frozen=True, kw_only=True)
class Account:
    platform: Platform
    account_id: str
    currency: str
    timezone: str

    @property
    def values(self) -> Mapping[str, str]:
        """The manifest's columns, as SQL."""
        return {
            "account_id": literal(self.account_id),
            "account_currency": literal(self.currency),
            "account_timezone": literal(self.timezone),
            "currency": literal(self.currency),
            "timezone_name": literal(self.timezone),
        }


def _claims(value: str) -> str:
    item = "json_object('action_type', {0}, 'value', ({1})::varchar, '7d_click', '1')"
    kinds = ("link_click", "purchase", "omni_purchase")
    return "json_array(" + ", ".join(item.format(literal(kind), value) for kind in kinds) + ")::varchar"


_META_AD, _META_AD_SET, _META_CAMPAIGN = (
    "'12020000' || (ad + 1000000)",
    "'12021000' || (ad // 10 + 1000000)",
    "'12022000' || (ad // 50 + 1000000)",
)
_TIKTOK_AD, _TIKTOK_AD_GROUP, _TIKTOK_CAMPAIGN = (
    "'171234567890' || (ad + 1000000)",
    "'171234567891' || (ad // 10 + 1000000)",
    "'171234567892' || (ad // 50 + 1000000)",
)
_X_AD, _X_LINE_ITEM, _X_CAMPAIGN = (
    "'p' || to_base(ad + 100000, 36)",
    "'l' || to_base(ad // 10 + 100000, 36)",
    "'c' || to_base(ad // 50 + 100000, 36)",
)
_META = Platform(
    party="meta_ads",
    slices=("facebook", "instagram", "audience_network"),
    ad_column="ad_id",
    spend_column="spend",
    values={
        **_COUNTS,
        "ad_id": _META_AD,
        "adset_id": _META_AD_SET,
        "campaign_id": _META_CAMPAIGN,
        "publisher_platform": "slice",
        "spend": fill("{spend} / 100.0", spend=_SPEND),
        "inline_link_clicks": "(ad * 61 + day_number * 7) % 200",
        "actions": _claims("ad % 5 + version"),
        "action_values": _claims("(ad % 5 + version) * 9.99"),
    },
    objects={
        "accounts": {},
        "ad_groups": {
            "adset_id": _META_AD_SET,
            "campaign_id": _META_CAMPAIGN,
        },
        "ads": {
            "ad_id": _META_AD,
            "adset_id": _META_AD_SET,
            "campaign_id": _META_CAMPAIGN,
        },
    },
)
_X = Platform(
    party="x_ads",
    slices=("ALL_ON_TWITTER", "SPOTLIGHT", "TREND"),
    ad_column="id",
    spend_column="billed_charge_local_micro",
    values={
        **_COUNTS,
        "id": _X_AD,
        "placement": "slice",
        "billed_charge_local_micro": fill("{spend} * 10000", spend=_SPEND),
        "url_clicks": "(ad * 61 + day_number * 7) % 200",
        "conversion_purchases": "nullif((ad + version) % 5, 0)",
        "conversion_purchases_sale_amount_local_micro": "nullif((ad + version) % 5, 0) * 9990000",
    },
    objects={
        "accounts": {},
        "ad_groups": {
            "id": _X_LINE_ITEM,
            "campaign_id": _X_CAMPAIGN,
        },
        "ads": {"id": _X_AD, "line_item_id": _X_LINE_ITEM},
    },
)
_TIKTOK = Platform(
    party="tiktok_ads",
    slices=("",),
    ad_column="ad_id",
    spend_column="spend",
    values={
        **_COUNTS,
        "ad_id": _TIKTOK_AD,
        "adgroup_id": _TIKTOK_AD_GROUP,
        "campaign_id": _TIKTOK_CAMPAIGN,
        "spend": fill("{spend} / 100.0", spend=_SPEND),
        "engagements": "(ad * 61 + day_number * 7) % 900",
        "video_views": "(ad * 67 + day_number * 7) % 9000",
        "complete_payments": "ad % 4 + version",
        "complete_payment_value": "(ad % 4 + version) * 19.5",
    },
    objects={
        "accounts": {},
        "ad_groups": {
            "adgroup_id": _TIKTOK_AD_GROUP,
            "campaign_id": _TIKTOK_CAMPAIGN,
        },
        "ads": {"ad_id": _TIKTOK_AD, "adgroup_id": _TIKTOK_AD_GROUP},
    },
)
_MARKETS = (("USD", "America/New_York"), ("EUR", "Europe/Berlin"), ("JPY", "Asia/Tokyo"))
ACCOUNTS = tuple(
    Account(platform=platform, account_id=f"{place}00{number}", currency=currency, timezone=timezone)
    for place, platform in enumerate((_META, _X, _TIKTOK), start=1)
    for number, (currency, timezone) in enumerate(_MARKETS, start=1)
)
RATES = "('EUR', 1.08), ('JPY', 0.0066)"
