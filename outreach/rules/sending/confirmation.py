"""The one exception: the confirmation of an opt-out passes that very opt-out, and nothing else (issue 4, part 7)."""

from __future__ import annotations

from contacts.states import SuppressionReason
from outreach.rules.sending.facts import SendFacts, SuppressionFact
from outreach.states import DraftKind


def is_confirmation(facts: SendFacts) -> bool:
    """Whether this message says that we stop, and nothing else."""
    return facts.kind == DraftKind.CONFIRMATION and facts.confirms != 0


def confirmed_by(facts: SendFacts) -> SuppressionFact | None:
    """The opt-out that this message confirms, if it is one and still holds."""
    if not is_confirmation(facts):
        return None
    return next(
        (one for one in facts.suppressions if one.id == facts.confirms and one.reason == SuppressionReason.OPTED_OUT),
        None,
    )


def stopping(facts: SendFacts) -> list[SuppressionFact]:
    """The suppressions that stop this message on its channel.

    One word of theirs is written down twice, for the person and for the address, with one and the same moment: for a
    confirmation both are the opt-out that it confirms. An opt-out from any other moment stops it: they were told then.
    """
    holding = [one for one in facts.suppressions if one.channel in (facts.channel, "all")]
    confirmed = confirmed_by(facts)
    if confirmed is None:
        return holding
    same = (confirmed.reason, confirmed.channel, confirmed.at)
    return [one for one in holding if (one.reason, one.channel, one.at) != same]
