"""What the collector says of itself at /openapi.json (OpenAPI 3.1), with the limits it was started with."""

from typing import Any

from apps.collector.limits import DEPTH, ID_CHARACTERS, TEXT_CHARACTERS, Limits
from apps.collector.problems import TITLES
from apps.collector.rules import EVENTS, TOUCHES, Rules

_TEXT = {"type": "string"}
_LONG_TEXT = {"type": "string", "maxLength": TEXT_CHARACTERS}
_ID = {"type": "string", "minLength": 1, "maxLength": ID_CHARACTERS}
_INSTANT = {"type": "string", "format": "date-time", "description": "RFC 3339, with a zone."}
_EVENT = {
    "event_id": {**_ID, "description": "Chosen by the sender; the same again is a duplicate and counts once."},
    "event_type": {**_ID, "description": "What happened, such as signup or product_view."},
    "occurred_at": _INSTANT,
    "user_id": {**_ID, "description": "This or anonymous_id is needed."},
    "anonymous_id": _ID,
    "source_app": _ID,
    "value": {"type": ["number", "string"], "description": "An amount in major units; a decimal as text stays exact."},
    "currency": {"type": "string", "pattern": "^[A-Z][A-Z0-9]{2,11}$"},
    "properties": {"type": "object"},
}
_TOUCH = {
    "touch_id": {**_ID, "description": "Chosen by the sender; the same again is a duplicate and counts once."},
    "occurred_at": _INSTANT,
    "user_id": {**_ID, "description": "This or anonymous_id is needed."},
    "anonymous_id": _ID,
    "touch_kind": {"enum": ["visit", "click", "view"]},
    **dict.fromkeys(("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term"), _LONG_TEXT),
    **dict.fromkeys(("click_id", "referrer", "landing_page"), _LONG_TEXT),
    **dict.fromkeys(("platform", "campaign_id", "ad_id", "referral_code", "offer_code"), _ID),
}
_EXAMPLES: dict[str, dict[str, Any]] = {
    "events": {"event_id": "e-1", "event_type": "signup", "occurred_at": "2026-11-20T06:00:00Z", "user_id": "u-1"},
    "touches": {"touch_id": "t-1", "touch_kind": "visit", "occurred_at": "2026-11-20T06:00:00Z", "anonymous_id": "a-1"},
}


def describe(limits: Limits) -> dict[str, Any]:
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Weir collector",
            "version": "1",
            "description": "Takes events, clicks and webhooks. 202 means on disk.",
        },
        "paths": {
            "/v1/events": _intake(EVENTS, limits),
            "/v1/touches": _intake(TOUCHES, limits),
            "/r/{code}": {
                "get": _visit("Leads on to where the link leads, and records a click.", "302", "The link's target.")
            },
            "/p/{code}.gif": {"get": _visit("A transparent pixel; records a view.", "200", "One pixel.", "image/gif")},
            "/webhooks/whop": {"post": _webhook("whop", ("webhook-id", "webhook-timestamp", "webhook-signature"))},
            "/webhooks/meta": {
                "get": _challenge(),
                "post": _webhook("meta", ("x-hub-signature-256",)),
            },
            "/webhooks/mail": {"post": _webhook("mail", ("svix-id", "svix-timestamp", "svix-signature"))},
            "/weir.js": {
                "get": _plain("script", "The script for a site's pages.", "text/javascript"),
            },
            "/healthz": {
                "get": _plain("health", "Whether the disk takes what is written.", "application/json"),
            },
            "/metrics": {"get": _plain("metrics", "Counters, as Prometheus reads them.", "text/plain")},
            "/openapi.json": {"get": _plain("description", "This description.", "application/json")},
        },
        "components": {
            "securitySchemes": {
                "sourceKey": {"type": "http", "scheme": "bearer", "description": "The key of a source."},
                "browserKey": {
                    "type": "apiKey",
                    "in": "query",
                    "name": "key",
                    "description": "The public key of a source with allowed origins; no other may stand in an address.",
                },
            },
            "schemas": {
                "event": _row(EVENTS, _EVENT),
                "touch": _row(TOUCHES, _TOUCH),
                "outcome": _outcome(),
                "problem": _problem(),
            },
        },
    }


def _intake(rules: Rules, limits: Limits) -> dict[str, Any]:
    one = {"events": "event", "touches": "touch"}[rules.entity]
    body = {
        "type": "object",
        "required": [rules.entity],
        "additionalProperties": False,
        "properties": {
            rules.entity: {
                "type": "array",
                "minItems": 1,
                "maxItems": limits.batch_events,
                "items": {
                    "anyOf": [
                        {"$ref": f"#/components/schemas/{one}"},
                        {"description": "Anything else is answered by its index and kept for the quarantine."},
                    ]
                },
            }
        },
    }
    example = {rules.entity: [_EXAMPLES[rules.entity]]}
    return {
        "post": {
            "operationId": f"send_{rules.entity}",
            "summary": f"Takes up to {limits.batch_events} {rules.entity}; answered once they are on disk.",
            "description": (
                f"At most {limits.body_bytes} bytes (unpacked too; gzip is read), {limits.event_bytes} bytes and "
                f"{DEPTH} levels each. Instants from {limits.age.days} days ago to "
                f"{limits.future.total_seconds():g} s ahead."
            ),
            "security": [{"sourceKey": []}],
            "requestBody": {"required": True, "content": {"application/json": {"schema": body, "example": example}}},
            "responses": {
                "202": _content("Every row is on disk: taken, or refused by index.", "outcome"),
                **_problems(400, 401, 403, 408, 413, 415, 429, 503),
            },
        }
    }


def _visit(summary: str, status: str, told: str, media_type: str | None = None) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": told}
    if media_type is not None:
        answer["content"] = {media_type: {}}
    return {
        "operationId": "follow_link" if status == "302" else "show_pixel",
        "summary": summary,
        "parameters": [
            {
                "name": "code",
                "in": "path",
                "required": True,
                "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"},
            },
            *({"name": name, "in": "query", "schema": _TEXT} for name in ("utm_source", "fbclid", "twclid", "ttclid")),
        ],
        "responses": {
            status: answer,
            "404": {"description": "No such link.", "content": {"text/html": {}, "application/problem+json": {}}},
        },
    }


def _webhook(sender: str, headers: tuple[str, ...]) -> dict[str, Any]:
    return {
        "operationId": f"deliver_{sender}",
        "summary": "Takes a signed delivery, once.",
        "parameters": [{"name": name, "in": "header", "required": True, "schema": _TEXT} for name in headers],
        "requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}},
        "responses": {
            "200": {
                "description": "On disk, now or before.",
                "content": {
                    "application/json": {
                        "schema": {
                            "type": "object",
                            "required": ["delivery", "outcome"],
                            "properties": {"delivery": _TEXT, "outcome": {"enum": ["taken", "duplicate"]}},
                        }
                    }
                },
            },
            **_problems(400, 401, 404, 408, 413, 415, 503),
        },
    }


def _challenge() -> dict[str, Any]:
    names = ("hub.mode", "hub.challenge", "hub.verify_token")
    return {
        "operationId": "verify_meta",
        "summary": "Proves to Meta that the address is ours.",
        "parameters": [{"name": name, "in": "query", "required": True, "schema": _TEXT} for name in names],
        "responses": {
            "200": {"description": "The challenge.", "content": {"text/plain": {"schema": _TEXT}}},
            **_problems(403, 404),
        },
    }


def _plain(name: str, summary: str, media_type: str) -> dict[str, Any]:
    responses: dict[str, Any] = {"200": {"description": summary, "content": {media_type: {}}}}
    if name == "health":
        responses |= _problems(503)
    return {"operationId": name, "summary": summary, "responses": responses}


def _row(rules: Rules, columns: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": sorted(rules.required),
        "anyOf": [{"required": ["user_id"]}, {"required": ["anonymous_id"]}],
        "properties": columns,
        "additionalProperties": True,
    }


def _outcome() -> dict[str, Any]:
    refusal = {
        "type": "object",
        "required": ["index", "reasons"],
        "properties": {
            "index": {"type": "integer", "minimum": 0},
            "event_id": {"type": ["string", "null"]},
            "touch_id": {"type": ["string", "null"]},
            "reasons": {"type": "array", "minItems": 1, "items": _TEXT},
        },
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "required": ["accepted", "refused"],
        "properties": {
            "accepted": {"type": "integer", "minimum": 0},
            "refused": {"type": "array", "items": refusal},
        },
        "additionalProperties": False,
    }


def _problem() -> dict[str, Any]:
    names = ("type", "title", "reason", "detail", "remedy")
    return {
        "type": "object",
        "required": [*names, "status"],
        "properties": {**dict.fromkeys(names, _TEXT), "status": {"type": "integer"}},
        "additionalProperties": False,
    }


def _problems(*statuses: int) -> dict[str, Any]:
    return {str(status): _content(TITLES[status] + ".", "problem", "application/problem+json") for status in statuses}


def _content(told: str, schema: str, media_type: str = "application/json") -> dict[str, Any]:
    return {"description": told, "content": {media_type: {"schema": {"$ref": f"#/components/schemas/{schema}"}}}}
