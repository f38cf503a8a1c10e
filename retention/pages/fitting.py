"""Why a customer is in none of the other playbooks, as the next sweep would see it."""

from __future__ import annotations

from datetime import datetime

from retention.rules.playbooks.fitting import in_order, why_not
from retention.rules.playbooks.world import as_past
from retention.services.enrolling.worlds import Terms, load
from retention.services.people import people
from retention.services.playbooks.loading import published
from retention.states import EnrolmentStatus

_PAUSED = "They fit. The playbook is paused: nobody enters."
_HIGHER = "They fit. {} goes first for them."
_NEXT = "They fit. The next sweep lets them in, or says what they wait for."


def hindrances(customer_id: int, now: datetime) -> list[tuple[str, str]]:
    """Each playbook in force that the customer is not in, the highest priority first, and the first reason why not.

    Scores, enrolments and consent are those that are stored. The number of queries does not depend on the customer.
    """
    versions = in_order(published(now))
    person = people([customer_id], now).get(customer_id)
    if person is None or not versions:
        return []
    world = load([customer_id], Terms.read(tuple(versions), now), now).world
    mine = {playbook_id: one for (_, playbook_id), one in world.open.items()}
    pasts = (*world.pasts.get(customer_id, ()), *(as_past(playbook_id, one) for playbook_id, one in mine.items()))
    higher = next((one.rules.title for one in mine.values() if one.state.status != EnrolmentStatus.HELD_OUT), "")
    found = []
    for rules in versions:
        if rules.playbook_id in mine:
            continue
        why = why_not(person, rules, pasts, now)
        if not why and rules.paused:
            why = _PAUSED
        found.append((rules.title, why or (_HIGHER.format(higher) if higher else _NEXT)))
        if not why:
            higher = higher or rules.title
    return found
