"""Which fields of free JSON (properties, metadata, an object told by a party) say who somebody is or how to reach them.

For what a schema has a column for, the schema says it. Everything else is judged by the field's name: what is known
to be personal goes, and so does every address; a new kind of field is one word here.
"""

import re

from connectors.people.json_leaves import ITEM, Path

EMAIL = re.compile(r"[\w.+%-]+(?:@|%40)[\w-]+(?:\.[\w-]+)+")


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text))


_NAMES = _words(
    """
    email emails mail contact_email customer_email buyer_email email_address phone phones phone_number mobile
    tel whatsapp first_name last_name middle_name full_name given_name family_name surname nickname display_name
    screen_name real_name username user_name login handle social twitter instagram telegram facebook tiktok
    linkedin discord address street street_address address1 address2 line1 line2 city town zip zip_code
    postal_code postcode latitude longitude lat lon lng geo coordinates location ip ips ip_address remote_addr
    client_ip user_agent useragent ua device_id advertising_id idfa idfv gaid fingerprint browser_fingerprint
    cookie cookies session_token auth_token birthday birthdate birth_date date_of_birth dob gender sex age ssn
    tax_id passport iban card card_number last4 card_last4 cardholder cardholder_name account_holder avatar
    avatar_url picture profile_picture profile_pic_url photo photo_url bio about comment comments message text
    body note notes feedback review answer question query search search_query search_term free_text
    cancellation_reason failure_message manage_url recovery_url receipt_url invoice_url
    """
)
_ENDINGS = ("_email", "_phone", "_ip", "_address", "_username", "_avatar", "_user_agent")
# Everything that is said in these speaks of the person; their ids and the schema's columns are looked at before.
_WHOLLY = _words("user buyer person profile contact customer traits billing_address shipping_address billing_details")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def is_personal(path: Path) -> bool:
    names = [_HUMP.sub("_", name).replace("-", "_").replace(" ", "_").lower() for name in path if name != ITEM]
    if not names:
        return False
    if names[-1] in _NAMES or names[-1].endswith(_ENDINGS):
        return True
    return any(name in _WHOLLY or name in _NAMES for name in names[:-1])
