"""Getting to the pages of the workbench, and reading what they answer."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from outreach.models import Draft
from staff.models import User


def signed_in(user: User, **options: Any) -> Client:
    client = Client(**options)
    client.force_login(user)
    return client


def url(name: str, draft: Draft, query: str = "") -> str:
    # The first offered text there may be: whoever may not see the message does not get as far as to ask for it.
    args = [draft.pk, 1] if name == "use_text" else [draft.pk]
    return reverse(f"reviews:{name}", args=args) + query


def form_of(draft: Draft, **fields: str) -> dict[str, str]:
    """What a browser sends from any form of the page, filled in."""
    return {
        "fingerprint": draft.fingerprint,
        "subject": draft.subject,
        "body": draft.body,
        "scope": "contact",
        "why": "manual",
        "reason": "Because",
        "outcome": "no-response",
        "how": "pause",
        "until": "tomorrow",
        "to_user": "1",
        "text": "Prefers to be written to in the morning",
    } | fields


def text_of(response: Any) -> str:
    """The words of a page, as a person reads them."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def status_of(draft: Draft) -> str:
    return Draft.objects.values_list("status", flat=True).get(pk=draft.pk)


def shown(response: Any) -> list[int]:
    """The messages on a page of the queue, in order."""
    return [int(found) for found in re.findall(rb'<a class="row-link" href="/reviews/(\d+)/', response.content)]


def queries(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)
