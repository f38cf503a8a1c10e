"""The inbox and push API described for tools, as an OpenAPI document. For people: docs/channels.md."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from outreach.api.answering import LARGEST_REQUEST
from outreach.api.inbox import MOST_PER_PAGE, PER_PAGE

_TEXT = {"type": "string"}
_TIME = {"type": "string", "format": "date-time"}
_USER = {
    "name": "user_id",
    "in": "path",
    "required": True,
    "description": "What the product calls the user by: the userId of its events, or the customer id of the import.",
    "schema": _TEXT,
}
_MESSAGE = {"name": "message_id", "in": "path", "required": True, "schema": {"type": "integer", "minimum": 1}}
_DONE = {"type": "object", "required": ["success"], "properties": {"success": {"const": True}}}


@login_not_required
@require_safe
def document(request: HttpRequest) -> JsonResponse:
    """The OpenAPI document. Open, since it says nothing about anybody."""
    return JsonResponse(described())


def described() -> dict[str, Any]:
    """OpenAPI 3.1 of everything that `outreach.api` answers."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Rekindle inbox and push",
            "version": "1",
            "description": "For the server of your own product. The key reads every inbox: never put it in a browser.",
        },
        "servers": [{"url": settings.PUBLIC_URL}],
        "security": [{"productKey": []}, {"productKeyAsUser": []}],
        "paths": {
            "/v1/inbox/{user_id}": {"parameters": [_USER], "get": _inbox()},
            "/v1/inbox/{user_id}/{message_id}/read": _told("read", "The user read the message."),
            "/v1/inbox/{user_id}/{message_id}/dismiss": _told("dismiss", "The user put it away: not shown any more."),
            "/v1/push/{user_id}": {"parameters": [_USER], "get": _browsers(), "post": _register(), "delete": _end()},
            "/v1/push/{user_id}/{message_id}/opened": _told("opened", "The user came by the push message."),
        },
        "components": {
            "securitySchemes": {
                "productKey": {"type": "http", "scheme": "bearer"},
                "productKeyAsUser": {"type": "http", "scheme": "basic", "description": "As user name, no password."},
            },
            "schemas": _schemas(),
        },
    }


def _schemas() -> dict[str, Any]:
    return {
        "message": {
            "type": "object",
            "required": ["id", "title", "text", "sent_at", "read_at", "stop_url"],
            "properties": {
                "id": _TEXT,
                "title": _TEXT,
                "text": _TEXT,
                "sent_at": _TIME,
                "read_at": {"type": ["string", "null"], "format": "date-time"},
                "stop_url": {"type": "string", "format": "uri", "description": "Where they stop messages."},
            },
        },
        "inbox": {
            "type": "object",
            "required": ["success", "messages", "unread", "cursor"],
            "properties": {
                "success": {"const": True},
                "messages": {"type": "array", "items": {"$ref": "#/components/schemas/message"}},
                "unread": {"type": "integer", "minimum": 0},
                "cursor": {"type": ["string", "null"], "description": "For the next page; null on the last one."},
            },
        },
        "browsers": {
            "type": "object",
            "required": ["success", "browsers", "consent"],
            "properties": {
                "success": {"const": True},
                "browsers": {"type": "integer", "minimum": 0},
                "consent": {"enum": ["yes", "no", "unknown"], "description": "Nothing is pushed but after a yes."},
                "public_key": {"type": "string", "description": "applicationServerKey; empty: push is not set up."},
            },
        },
        "subscription": {
            "type": "object",
            "required": ["endpoint", "keys"],
            "properties": {
                "endpoint": {"type": "string", "format": "uri"},
                "keys": {
                    "type": "object",
                    "required": ["p256dh", "auth"],
                    "properties": {"p256dh": _TEXT, "auth": _TEXT},
                },
                "consent": {
                    "type": "object",
                    "description": "Only if they agreed to push messages of this kind.",
                    "required": ["source"],
                    "properties": {"source": _TEXT, "at": _TIME},
                },
            },
        },
        "browser": {"type": "object", "required": ["endpoint"], "properties": {"endpoint": _TEXT}},
        "refusal": {
            "type": "object",
            "required": ["success", "code", "message"],
            "properties": {"success": {"const": False}, "code": _TEXT, "message": _TEXT},
        },
    }


def _inbox() -> dict[str, Any]:
    limit = {"type": "integer", "minimum": 1, "maximum": MOST_PER_PAGE, "default": PER_PAGE}
    return {
        "operationId": "inbox",
        "summary": "What the user has not put away: the unread first, then the newest.",
        "parameters": [
            {"name": "limit", "in": "query", "required": False, "schema": limit},
            {"name": "cursor", "in": "query", "required": False, "schema": _TEXT},
        ],
        "responses": _answers({"$ref": "#/components/schemas/inbox"}, "400"),
    }


def _told(name: str, summary: str) -> dict[str, Any]:
    post = {"operationId": name, "summary": f"{summary} Again: no error.", "responses": _answers(_DONE)}
    return {"parameters": [_USER, _MESSAGE], "post": post}


def _browsers() -> dict[str, Any]:
    return {
        "operationId": "push_state",
        "summary": "The public key for browsers, and what is known of this user.",
        "responses": _answers({"$ref": "#/components/schemas/browsers"}),
    }


def _register() -> dict[str, Any]:
    return {
        "operationId": "push_register",
        "summary": "A browser of this user takes push messages. This alone is no consent.",
        "requestBody": _body("subscription"),
        "responses": _answers({"$ref": "#/components/schemas/browsers"}, "400", "413", "422"),
    }


def _end() -> dict[str, Any]:
    return {
        "operationId": "push_end",
        "summary": "Nothing more goes to this browser.",
        "requestBody": _body("browser"),
        "responses": _answers({"$ref": "#/components/schemas/browsers"}, "400", "413"),
    }


def _body(schema: str) -> dict[str, Any]:
    return {"required": True, "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}}


_REFUSALS = {
    "400": "Malformed. The message says where.",
    "401": "The product key is missing, unknown or revoked.",
    "404": "There is no such user or message.",
    "405": "Another method than the ones listed.",
    "413": f"More than {LARGEST_REQUEST} bytes.",
    "422": "Understood, and refused. The message says why.",
    "429": "Too many requests at once. Retry-After says when to come again.",
}


def _answers(schema: dict[str, Any], *more: str) -> dict[str, Any]:
    refusal = {"$ref": "#/components/schemas/refusal"}
    refused = {
        code: {"description": words, "content": {"application/json": {"schema": refusal}}}
        for code, words in _REFUSALS.items()
        if code in {"401", "404", "405", "429", *more}
    }
    return {"200": {"description": "Done.", "content": {"application/json": {"schema": schema}}}, **refused}
