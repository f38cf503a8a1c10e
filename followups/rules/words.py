"""Decisions in words: sentences for people, and the columns of the output file."""

from datetime import UTC, datetime

from followups.rules.decide import Decision
from followups.rules.evidence import Evidence, Planned
from followups.rules.reasons import say_day, say_moment
from followups.states import DecisionKind, DecisionReason, ReasonKind

CSV_COLUMNS = (
    "lead",
    "trigger",
    "decision",
    "reason",
    "attempts",
    "step",
    "due_at",
    "needs_review",
    "review_reasons",
)

#: A task without a day stands until it is done, so it is the furthest ahead.
_NO_DAY = datetime.max.replace(tzinfo=UTC)

_STOPPED: dict[str, str] = {
    DecisionReason.OPTED_OUT: "They asked not to hear from us. Nothing more will be sent.",
    DecisionReason.EXPLICIT_NO: "They said no. Nothing more will be sent.",
    DecisionReason.COMPLAINT: "They reported a message as spam. Nothing more will be sent.",
    DecisionReason.LEGAL: "We may not write to them for legal reasons. Nothing more will be sent.",
    DecisionReason.MANUAL: "A colleague stopped messages to them. Nothing more will be sent.",
    DecisionReason.WON: "The deal is won. There is nothing left to follow up.",
    DecisionReason.LOST: "The deal is lost. There is nothing left to follow up.",
    DecisionReason.EXPIRED: "The opportunity has expired. There is nothing left to follow up.",
    DecisionReason.UNREACHABLE: "No address of theirs works on the channels we use. Nothing can be sent.",
}

_TO_CHECK: dict[str, str] = {
    DecisionReason.CONSENT_UNCLEAR: "it is not clear that they agreed to hear from us",
    DecisionReason.DUPLICATE: "the same person may be here twice",
    DecisionReason.TERRITORY_CONFLICT: "the lead and the account are in different territories",
    DecisionReason.OWNER_CONFLICT: "the lead and the account have different owners",
    DecisionReason.EXISTING_CUSTOMER: "they are already a customer",
    DecisionReason.UNOWNED: "nobody owns this lead",
}

_TO_SAY: dict[str, str] = {
    ReasonKind.UNANSWERED_QUESTION: "We have not answered {what}. You can answer it now.",
    ReasonKind.OPEN_NEXT_STEP: "Nothing came of {what}. You can offer a new time.",
    ReasonKind.QUOTE_UNANSWERED: "They have not answered {what}. You can ask about it.",
    ReasonKind.PROPOSAL_UNANSWERED: "They have not answered {what}. You can ask about it.",
    ReasonKind.NEW_ENGAGEMENT: "{what}. You can offer help with what they looked at.",
    ReasonKind.NEW_MATERIAL: "There is {what}. You can send it to them.",
    ReasonKind.OWNER_NOTE: "You can write about {what}.",
}


def explain(decision: Decision, evidence: Evidence) -> str:
    """One or two plain sentences that say what is known and what can be done; for a check, all that is to be cleared.

    `evidence` must be what the decision was taken from.
    """
    kind = decision.kind
    reason = decision.reasons[0] if decision.reasons else ""
    if kind is DecisionKind.STOP:
        if reason == DecisionReason.EXPIRED and evidence.expires_on is not None:
            return f"The opportunity expired on {say_day(evidence.expires_on)}. There is nothing left to follow up."
        return _STOPPED[reason]
    if kind is DecisionKind.STAND_DOWN:
        return _explain_stand_down(decision, evidence)
    if kind is DecisionKind.INTAKE:
        return f"Please check first: {_join([_TO_CHECK[reason] for reason in decision.reasons])}."
    if kind is DecisionKind.WAIT:
        return _explain_wait(decision, reason)
    if decision.useful_reason is not None:
        what = decision.useful_reason.what
        said = _TO_SAY[decision.useful_reason.kind].format(what=what)
        said = said[0].upper() + said[1:]
        if kind is DecisionKind.CHANGE_ANGLE:
            return f"{said} The last message had the same reason, so take another angle."
        return said
    known = _known(decision, reason)
    if kind is DecisionKind.NURTURE:
        return f"{known} They may fit later, so they move to nurture."
    if kind is DecisionKind.RECYCLE and evidence.recycle_on is not None:
        return f"{known} We come back to them on {say_day(evidence.recycle_on)}."
    return f"{known} You can send one last short note that leaves the door open."


def csv_row(lead_external_id: str, decision: Decision) -> dict[str, str]:
    """One row of `check_silence`, in the columns of followups.md. Lists joined by `|`, times ISO 8601 in UTC."""
    return {
        "lead": lead_external_id,
        "trigger": "" if decision.trigger is None else decision.trigger.value,
        "decision": decision.kind.value,
        "reason": "|".join(decision.reasons),
        "attempts": str(decision.attempts),
        "step": decision.step,
        "due_at": "" if decision.due_at is None else decision.due_at.astimezone(UTC).isoformat(),
        "needs_review": "yes" if decision.needs_review else "no",
        "review_reasons": "|".join(decision.review_reasons),
    }


def _explain_stand_down(decision: Decision, evidence: Evidence) -> str:
    if decision.reasons == (DecisionReason.REPLIED.value,):
        return "They wrote last. Normal follow-up is on."
    if decision.trigger is not None and (planned := _last_planned(evidence)) is not None:
        what = f"“{planned.title}”" if planned.title else "Something"
        when = "" if planned.at is None else f" for {say_moment(planned.at)}"
        return f"{what} is planned{when}. Normal follow-up is on."
    if decision.trigger is not None and evidence.next_step_on is not None:
        return f"The next step is set for {say_day(evidence.next_step_on)}. Normal follow-up is on."
    return "They have not been quiet for long enough. Normal follow-up is on."


def _last_planned(evidence: Evidence) -> Planned | None:
    """The plan that is furthest ahead, unless the next step is later: one of the two is why they are left alone."""
    last = max(evidence.planned, key=lambda one: one.at or _NO_DAY, default=None)
    if last is None or last.at is None or evidence.next_step_on is None:
        return last
    return last if last.at.astimezone(UTC).date() > evidence.next_step_on else None


def _explain_wait(decision: Decision, reason: str) -> str:
    until = "" if decision.due_at is None else say_moment(decision.due_at)
    if reason == DecisionReason.OUT_OF_OFFICE:
        return f"They are out of the office. We wait until {until}."
    if reason == DecisionReason.PAUSED:
        return f"The owner paused this until {until}." if until else "The owner paused this. It waits until resumed."
    if reason == DecisionReason.TOO_SOON:
        return f"Our last touch is still fresh. We wait until {until}."
    return f"There is nothing new to write about yet. If nothing comes up, we offer to close the loop after {until}."


def _known(decision: Decision, reason: str) -> str:
    if reason == DecisionReason.ATTEMPTS_SPENT:
        times = {1: "once", 2: "twice"}.get(decision.attempts, f"{decision.attempts} times")
        return f"We followed up {times} without an answer."
    if reason == DecisionReason.SEQUENCE_EXPIRED:
        since = "" if decision.opened_at is None else f" since {say_moment(decision.opened_at)}"
        return f"They have been quiet{since}, longer than this cadence lasts."
    return "They are quiet, and there is nothing new to write about."


def _join(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " and " + parts[-1]
