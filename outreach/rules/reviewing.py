"""Who may decide about a draft, and whether its text may be approved: one answer for server, button and tooltip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from outreach.gates import Finding, blocks
from outreach.rules.sending.facts import Consequence, Refusal
from outreach.states import DraftStatus

#: Time does not heal these: whatever is approved now would never leave.
_FOR_GOOD = (Consequence.REVIEW, Consequence.SUPPRESS)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something may not be done: a code for programs and a sentence for people."""

    code: str
    sentence: str

    def __str__(self) -> str:
        return self.sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewFacts:
    """Who asks, and whose draft it is. ``owner_team_manager_id`` is the manager of the owner's team."""

    user_id: int
    owner_id: int | None
    owner_team_manager_id: int | None = None
    active: bool = True
    reviews_drafts: bool = False
    reviews_every_team: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceEdit:
    """Somebody changed a price in the text as it stands (mission.md 6.6).

    ``value`` is the deal's, None where nobody knows it; ``four_eyes_from`` the team's limit in the same currency.
    ``who_may`` names who else decides about this draft, empty where only those who review every team do.
    """

    edited_by: int
    value: Decimal | None
    four_eyes_from: Decimal = Decimal(0)
    who_may: Sequence[str] = ()

    @property
    def asks_for_another(self) -> bool:
        """Whether the deal is worth a second pair of eyes. One whose value is not known is."""
        return self.value is None or self.value >= self.four_eyes_from


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalFacts:
    """A draft as it stands, the text the reviewer saw, and what the gates say about it.

    ``in_its_way`` is what `outreach.rules.outlook` says of it as if it were approved now.
    ``review`` is None when Rekindle itself approves what no rule wants looked at; then there are no ``review_reasons``.
    ``price`` is None as long as nobody changed a price of what the template said.
    """

    status: str
    fingerprint: str
    fingerprint_seen: str
    findings: Sequence[Finding]
    review: ReviewFacts | None
    review_reasons: Sequence[str] = ()
    has_text: bool = True
    in_its_way: Refusal | None = None
    price: PriceEdit | None = None


def why_not_review(facts: ReviewFacts) -> Reason | None:
    """Why this person may not decide about this draft; None when they may.

    The owner decides, the manager of the owner's team, and whoever reviews every team. What belongs to nobody is
    decided by anyone who reviews. A colleague of the same team may look, no more (mission.md 6.1).
    """
    if not facts.active:
        return Reason("inactive", "Your account is switched off. Ask an administrator to switch it on.")
    if facts.reviews_every_team:
        return None
    if facts.owner_id is None:
        if facts.reviews_drafts:
            return None
        return Reason(
            "not_reviewer", "You may look at this, but not decide. Ask an administrator for the right to review."
        )
    if facts.user_id in (facts.owner_id, facts.owner_team_manager_id):
        return None
    return Reason("not_yours", "This belongs to a colleague. Its owner or their manager decides.")


def may_review(facts: ReviewFacts) -> bool:
    """Whether this person may decide about this draft."""
    return why_not_review(facts) is None


def why_not_approve(facts: ApprovalFacts) -> Reason | None:
    """Why this text may not be approved now; None when it may. The first hindrance is named."""
    if facts.review is not None:
        refused = why_not_review(facts.review)
        if refused is not None:
            return refused
    elif facts.review_reasons:
        return Reason("needs_person", "A person has to look at this before it is sent.")
    if facts.status != DraftStatus.AWAITING_REVIEW:
        return Reason("decided", "This is already decided.")
    if facts.fingerprint != facts.fingerprint_seen:
        return Reason("changed", "The text changed after you opened it. Read it again before you approve it.")
    if not facts.has_text:
        return Reason("empty", "There is no text yet. Write it before you approve it.")
    if blocks(facts.findings):
        return Reason("blocked", "A check stops this text. Change the marked words, or do not send it.")
    refused = _why_not_alone(facts)
    if refused is not None:
        return refused
    # What Rekindle approves by itself is settled by the attempt to send it, which needs nobody.
    if facts.review is not None and facts.in_its_way is not None and facts.in_its_way.consequence in _FOR_GOOD:
        return Reason("in_its_way", _about_to_approve(facts.in_its_way))
    return None


def _why_not_alone(facts: ApprovalFacts) -> Reason | None:
    """Why it takes a second pair of eyes: whoever changed a price does not approve it, and neither does a policy."""
    if facts.price is None or not facts.price.asks_for_another:
        return None
    if facts.review is None:
        return Reason("needs_person", "Somebody changed a price, so a person has to look at this before it is sent.")
    if facts.review.user_id != facts.price.edited_by:
        return None
    who = " or ".join(facts.price.who_may) or "somebody who reviews every team"
    return Reason("four_eyes", f"You changed a price, so somebody else approves it: {who}.")


def _about_to_approve(refusal: Refusal) -> str:
    """What stands in the way of a message that nobody has tried to send yet, with what to do."""
    said = refusal.sentence.removesuffix(" Nothing was sent.")
    if refusal.code == "address":
        return "Their address changed after this was written. Suppress this message, so that a new one can be written."
    return said if refusal.consequence == Consequence.REVIEW else f"{said} Suppress this message."


def may_approve(facts: ApprovalFacts) -> bool:
    """Whether this text may be approved now."""
    return why_not_approve(facts) is None
