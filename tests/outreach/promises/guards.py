"""The guards of promise R8, each with the way to take it away."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from contacts import services as contacts
from outreach import services
from outreach.models import Draft
from outreach.permission import facts_for
from outreach.rules import Hours
from outreach.services import deciding, delivery, holding, unsubscribing
from outreach.states import DraftStatus

Guard = Callable[[], AbstractContextManager[Any]]


def _told(instead: Callable[..., Any]) -> AbstractContextManager[Any]:
    """Whoever approves and whoever sends ask the same question: both get this answer."""
    stack = ExitStack()
    for asking in (deciding, delivery, holding):
        stack.enter_context(patch.object(asking, "facts_for", instead))
    return stack


def blind(**changes: Any) -> Guard:
    """Whoever sends is told something else than what is so."""

    def told(**asked: Any) -> Any:
        return {key: replace(facts, **changes) for key, facts in facts_for(**asked).items()}

    return lambda: _told(told)


def _address_unasked() -> AbstractContextManager[Any]:
    def told(**asked: Any) -> Any:
        return {key: replace(facts, current_address=facts.address) for key, facts in facts_for(**asked).items()}

    return _told(told)


def _claims_nothing() -> AbstractContextManager[Any]:
    """The message stays approved while it is handed over."""
    claim = delivery.claim

    def hand_on(draft_id: int, now: Any) -> Any:
        claimed = claim(draft_id, now)
        if isinstance(claimed, delivery.Claim):
            Draft.objects.filter(pk=draft_id).update(status=DraftStatus.APPROVED)
        return claimed

    stack = ExitStack()
    stack.enter_context(patch.object(delivery, "claim", hand_on))
    stack.enter_context(patch.object(services, "claim", hand_on))
    return stack


def _lost_sends_are_tried_again() -> AbstractContextManager[Any]:
    def again(now: Any) -> int:
        return Draft.objects.sending().update(status=DraftStatus.APPROVED)

    return patch.object(services, "mark_lost_sends", again)


def _whatever_is_there_is_approved() -> AbstractContextManager[Any]:
    approve = services.approve

    def unseen(**asked: Any) -> Any:
        return approve(**{**asked, "fingerprint": Draft.objects.get(pk=asked["draft_id"]).fingerprint})

    return patch.object(services, "approve", unseen)


def _only_this_record_is_stopped() -> AbstractContextManager[Any]:
    suppress = contacts.suppress

    def without_address(**asked: Any) -> Any:
        return None if "address" in asked else suppress(**asked)

    return patch.object(contacts, "suppress", without_address)


def _nothing_is_given_up_and_nobody_asks() -> AbstractContextManager[Any]:
    """What waits is given up with the opt-out, and asked about again by whoever sends: both have to go."""
    stack = ExitStack()
    stack.enter_context(patch.object(unsubscribing, "suppress_pending", lambda **_asked: 0))
    stack.enter_context(blind(suppressions=())())
    return stack


GUARDS: dict[str, Guard] = {
    "suppressions are asked": blind(suppressions=()),
    "consent is asked": blind(consent="yes"),
    "an answer takes the approval back": blind(replied_at=None),
    "stop switches are asked": blind(stops=()),
    "a wish for quiet is kept": blind(paused_until=None),
    "caps are counted": blind(departed=()),
    "hours are kept": blind(hours=Hours(0, 24, True, True)),
    "the address is still theirs": _address_unasked,
    "a message is claimed": _claims_nothing,
    "a lost send is not tried again": _lost_sends_are_tried_again,
    "only the text that was seen is approved": _whatever_is_there_is_approved,
    "an opt-out waits for what is under way": lambda: patch.object(
        unsubscribing, "wait_until_quiet", lambda **_asked: True
    ),
    "an opt-out stops the address too": _only_this_record_is_stopped,
    "an opt-out gives up what waits": _nothing_is_given_up_and_nobody_asks,
}
