"""The event API described: for tools as an OpenAPI document, and for people as a page."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from contacts.ingest.kinds import NAME_LENGTH
from contacts.ingest.messages import BATCH, ID_LENGTH, LARGEST_EVENT, LARGEST_REQUEST, TYPES

_TIME = {"type": "string", "format": "date-time"}
_ID = {"type": ["string", "number"], "maxLength": ID_LENGTH}
_OBJECT = {"type": "object", "additionalProperties": True}
_COMMON: dict[str, Any] = {
    "messageId": _ID
    | {"description": "The id of the event. The same id again is the same event. Without one, a digest stands in."},
    "userId": _ID | {"description": "Who did it. Needed unless anonymousId is there."},
    "anonymousId": _ID | {"description": "The browser or app, while nobody has said who uses it."},
    "timestamp": _TIME | {"description": "When it happened. Without it, when it was received."},
    "sentAt": _TIME | {"description": "When it was sent, by the sender's clock: corrects timestamp."},
    "context": _OBJECT | {"description": "Accepted and not kept."},
}
_OWN: dict[str, dict[str, Any]] = {
    "track": {
        "event": {"type": "string", "maxLength": NAME_LENGTH, "description": "What happened."},
        "properties": _OBJECT,
    },
    "identify": {"traits": _OBJECT | {"description": "What is known about them: email, phone, name, birthday, …"}},
    "group": {"groupId": _ID | {"description": "Their account."}, "traits": _OBJECT},
    "alias": {"previousId": _ID | {"description": "The id until now."}},
    "page": {"name": {"type": "string"}, "category": {"type": "string"}, "properties": _OBJECT},
    "screen": {"name": {"type": "string"}, "category": {"type": "string"}, "properties": _OBJECT},
}
_NEEDED = {"track": ["event"], "group": ["groupId"], "alias": ["previousId", "userId"]}
_EITHER = [{"required": ["userId"]}, {"required": ["anonymousId"]}]
_SAYS = {
    "track": "Something that somebody did.",
    "identify": "Who somebody is: joins an anonymous id to a user, and keeps their traits.",
    "group": "Which account somebody belongs to.",
    "alias": "Two ids that are one person.",
    "page": "A page that was viewed.",
    "screen": "A screen of an app that was viewed.",
}
EXAMPLE = {
    "userId": "member-1042",
    "event": "class_attended",
    "properties": {"class": "Morning flow"},
    "timestamp": "2026-03-01T09:30:00Z",
    "messageId": "0b6f9d0e-3f3c-4a7e-9a53-0f1d7c5f2f10",
}


@login_not_required
@require_safe
def document(request: HttpRequest) -> JsonResponse:
    """The OpenAPI document. Open, since what it says is in the documentation of Segment as well."""
    return JsonResponse(described(), headers={"Access-Control-Allow-Origin": "*"})


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """How to connect what sends events."""
    return render(
        request,
        "contacts/api.html",
        {
            "host": settings.PUBLIC_URL,
            "calls": [(call, _SAYS[call], ", ".join(_NEEDED.get(call, []))) for call in TYPES],
            "largest_request": LARGEST_REQUEST // 1024,
            "largest_event": LARGEST_EVENT // 1024,
        },
    )


def described() -> dict[str, Any]:
    """OpenAPI 3.1 of everything that `contacts.ingest.api` answers."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Rekindle events",
            "version": "1",
            "description": "Segment's HTTP API: its clients and RudderStack's work with only their host changed.",
        },
        "servers": [{"url": settings.PUBLIC_URL}],
        "security": [{"writeKey": []}],
        "paths": {f"/v1/{call}": {"post": _operation(call)} for call in (BATCH, *TYPES)},
        "components": {
            "securitySchemes": {
                "writeKey": {
                    "type": "http",
                    "scheme": "basic",
                    "description": "The write key is the user name, without a password. `writeKey` in the body works.",
                }
            },
            "schemas": {
                **{call: _schema(call) for call in TYPES},
                "batch": {
                    "type": "object",
                    "required": ["batch"],
                    "properties": {
                        "batch": {
                            "type": "array",
                            "items": {
                                "oneOf": [{"$ref": f"#/components/schemas/{call}"} for call in TYPES],
                                "required": ["type"],
                                "discriminator": {"propertyName": "type"},
                            },
                        },
                        "sentAt": _COMMON["sentAt"],
                    },
                },
                "accepted": {
                    "type": "object",
                    "required": ["success"],
                    "properties": {
                        "success": {"const": True},
                        "refused": {
                            "type": "array",
                            "description": "Events of the batch that are kept aside, to be repaired by a person.",
                            "items": {
                                "type": "object",
                                "required": ["index", "code", "reason"],
                                "properties": {
                                    "index": {"type": "integer", "minimum": 0},
                                    "code": {"type": "string"},
                                    "reason": {"type": "string"},
                                },
                            },
                        },
                    },
                },
                "refusal": {
                    "type": "object",
                    "required": ["success", "code", "message"],
                    "properties": {
                        "success": {"const": False},
                        "code": {"type": "string"},
                        "message": {"type": "string", "description": "What is wrong, and what to do."},
                    },
                },
            },
        },
    }


def _operation(call: str) -> dict[str, Any]:
    return {
        "operationId": call,
        "summary": "Several messages in one request." if call == BATCH else _SAYS[call],
        "parameters": [
            {
                "name": "Content-Encoding",
                "in": "header",
                "required": False,
                "schema": {"type": "string", "enum": ["gzip"]},
            }
        ],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{call}"}}},
        },
        "responses": {
            "200": _response("Accepted, and in the database for good.", "accepted"),
            "400": _response("Malformed. The message says where.", "refusal"),
            "401": _response("The write key is missing, unknown or revoked.", "refusal"),
            "405": _response("Only POST and OPTIONS are known here.", "refusal"),
            "413": _response(
                f"More than {LARGEST_REQUEST} bytes of a request (unzipped), or {LARGEST_EVENT} of an event. Events of "
                "a batch that are not too large are accepted.",
                "refusal",
            ),
            "415": _response("Zipped with something else than gzip.", "refusal"),
            "429": _response("Too many events wait to be taken in.", "refusal")
            | {"headers": {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds."}}},
        },
    }


def _response(description: str, schema: str) -> dict[str, Any]:
    return {
        "description": description,
        "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}},
    }


def _schema(call: str) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {"type": {"const": call}, **_COMMON, **_OWN[call]},
        "required": _NEEDED.get(call, []),
    }
    if call != "alias":
        schema["anyOf"] = _EITHER
    if call == "track":
        schema["examples"] = [EXAMPLE]
    return schema
