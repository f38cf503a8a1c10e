"""What every address of the site answers to somebody, in one letter each."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.urls.converters import IntConverter

from outreach.models import Draft
from staff.models import User
from tests.access.world import NO_ROW, OWNED, RELATIONS, World
from tests.conventions.test_urls_guarded import OPEN
from tests.reviews.pages import form_of

#: Words for the parts of an address that are no number, and what some addresses are asked with.
WORDS = {
    "channel": "email",
    "table": "stops",
    "month": "2026-04",
    "answer": "keep-owner",
    "kind": "message",
    "secret": "no-such-secret",
}
QUERIES = {"followups:leads_behind": {"what": "stopped"}}
LET_IN, REFUSED, NOTHING_THERE = "y", "3", "4"
#: Addresses that only take something: learnt from their first answer, so that each is asked once.
_POSTED: set[str] = set()


def addresses(resolver: URLResolver | None = None, names: str = "") -> Iterator[tuple[str, dict[str, bool]]]:
    """Each closed address of ours with its variable parts, and whether a part is a number. Not Django's own."""
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLPattern):
            name = names + (entry.name or "")
            if name not in OPEN and not name.startswith(("account_", "mfa_")) and entry.name:
                converters = entry.pattern.converters
                yield name, {part: isinstance(one, IntConverter) for part, one in converters.items()}
        elif entry.namespace != "admin":
            yield from addresses(entry, f"{names}{entry.namespace}:" if entry.namespace else names)


def answers(
    world: World, client: Client, who: User, name: str, parts: dict[str, bool], asked: str = "own team foreign nobody"
) -> str:
    """One letter for an address that concerns nobody in particular, else one for each relation that is asked about."""
    owned = [part for part in parts if part in OWNED]
    rest = {part: NO_ROW if is_number else WORDS[part] for part, is_number in parts.items() if part not in OWNED}
    if not owned:
        return answer(client, name, rest, who)
    things = [world.of(who, relation) for relation in RELATIONS if relation in asked.split()]
    return "".join(answer(client, name, rest | {part: thing[part] for part in owned}, who) for thing in things)


def answer(client: Client, name: str, parts: dict[str, int | str], who: User) -> str:
    """Ask for the page or, where nothing is to be seen, send a form. Nothing that it does is kept.

    A decision about a message comes with everything that a browser sends, and gives a message to whoever asks, whom
    everybody may choose; other forms are empty.
    """
    address = reverse(name, kwargs=parts)
    with transaction.atomic():
        response = client.get(address, QUERIES.get(name, {})) if name not in _POSTED else None
        if response is None or response.status_code == 405:
            _POSTED.add(name)
            draft = Draft.objects.get(pk=parts["draft_id"]) if "draft_id" in parts else None
            response = client.post(address, form_of(draft, to_user=str(who.pk)) if draft else {})
        transaction.set_rollback(True)
    refusals = {403: REFUSED, 404: NOTHING_THERE}
    # An empty form is refused for what it lacks, and something that is over for that: the door was open.
    assert response.status_code in {200, 204, 302, 400, 409, 422} | set(refusals), f"{name}: {response.status_code}"
    return refusals.get(response.status_code, LET_IN)
