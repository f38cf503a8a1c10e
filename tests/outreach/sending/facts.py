"""Facts to test with: a message that may leave, and ways for hypothesis to change it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from hypothesis import strategies as st

from contacts.states import Channel, Consent, SuppressionChannel, SuppressionReason
from outreach.rules import Cap, Departed, Hours, Rival, SendFacts, StopFact, SuppressionFact, Whereabouts, ZoneSource
from outreach.states import DraftKind, DraftStatus, Flow, StopScope

Fact = TypeVar("Fact", SendFacts, Rival, SuppressionFact, Whereabouts)

#: A Wednesday, 10:00 in London and 11:00 in Berlin.
NOW = datetime(2026, 5, 20, 9, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LONDON = Whereabouts(("Europe/London",), ZoneSource.PHONE, ("GB",))
BERLIN = Whereabouts(("Europe/Berlin",), ZoneSource.THEIRS, ("DE",))
AMERICA = Whereabouts(("America/New_York", "America/Chicago", "Pacific/Honolulu"), ZoneSource.UNKNOWN, ("US",))
ALWAYS = Hours(0, 24, on_weekends=True, on_holidays=True)
DAYTIME = Hours(8, 21, on_weekends=True, on_holidays=False)
WORKDAYS = Hours(9, 18, on_weekends=False, on_holidays=False)
CAPS = (Cap("", 1, 1), Cap("", 3, 7))

GOOD = SendFacts(
    draft_id=7,
    contact_id=3,
    kind=DraftKind.FOLLOW_UP,
    flow=Flow.CADENCE,
    channel=Channel.EMAIL,
    address="marta@northlight.example",
    status=DraftStatus.APPROVED,
    fingerprint="f1",
    approved_fingerprint="f1",
    text_fingerprint="f1",
    now=NOW,
    due_at=NOW - DAY,
    not_before=NOW,
    decided_at=NOW - HOUR,
    by_policy=False,
    reason_kind="next_step",
    priority=0,
    confirms=0,
    consent=Consent.YES,
    suppressions=(),
    current_address="marta@northlight.example",
    hard_bounced=False,
    replied_at=None,
    refused_topic="",
    paused_until=None,
    stops=(),
    caps=CAPS,
    departed=(),
    rivals=(),
    hours=ALWAYS,
    whereabouts=LONDON,
)
TEXT = replace(GOOD, channel=Channel.SMS, hours=DAYTIME)
OPT_OUT = SuppressionFact(SuppressionChannel.ALL, SuppressionReason.OPTED_OUT, NOW - timedelta(minutes=2), 41)
CONFIRMATION = replace(
    GOOD,
    kind=DraftKind.CONFIRMATION,
    flow=Flow.SERVICE,
    due_at=OPT_OUT.at,
    not_before=None,
    confirms=41,
    suppressions=(OPT_OUT, replace(OPT_OUT, id=42)),
)
RIVAL = Rival(
    draft_id=8,
    channel=Channel.EMAIL,
    flow=Flow.CADENCE,
    reason_kind="next_step",
    priority=0,
    decided_at=NOW - 2 * HOUR,
    not_before=NOW,
)


def changed(one: Fact, **changes: Any) -> Fact:
    return replace(one, **changes)


known_moments = st.timedeltas(timedelta(-2000), timedelta(2000)).map(lambda away: NOW + away)
moments = st.one_of(st.none(), known_moments)
words = st.sampled_from(["f1", "f2", ""])
a_suppression = st.builds(
    SuppressionFact,
    channel=st.sampled_from(SuppressionChannel.values),
    reason=st.sampled_from(SuppressionReason.values),
    at=known_moments,
    id=st.integers(1, 99),
)
suppressions = st.lists(a_suppression, max_size=3).map(tuple)
stops = st.lists(st.builds(StopFact, scope=st.sampled_from(StopScope.values), since=known_moments), max_size=2).map(
    tuple
)
departed = st.lists(
    st.builds(
        Departed,
        at=st.timedeltas(timedelta(-9), timedelta(0)).map(lambda away: NOW + away),
        channel=st.sampled_from(Channel.values),
    ),
    max_size=4,
).map(tuple)
a_rival = st.builds(
    Rival,
    draft_id=st.integers(1, 20).filter(lambda number: number != GOOD.draft_id),
    channel=st.sampled_from(Channel.values),
    flow=st.sampled_from(Flow.values),
    reason_kind=st.sampled_from(["unanswered_question", "next_step"]),
    priority=st.integers(0, 2),
    decided_at=st.sampled_from([NOW - HOUR, NOW - DAY]),
    not_before=st.one_of(st.none(), st.timedeltas(-3 * DAY, 3 * DAY).map(lambda away: NOW + away)),
    held_by=st.sampled_from(["", "stopped", "cap"]),
)
rivals = st.lists(a_rival, max_size=3).map(tuple)
places = st.sampled_from([LONDON, BERLIN, AMERICA, Whereabouts()])
hours = st.sampled_from([ALWAYS, DAYTIME, WORKDAYS])
wild = st.builds(
    SendFacts,
    draft_id=st.just(7),
    contact_id=st.just(3),
    kind=st.sampled_from(DraftKind.values),
    flow=st.sampled_from(Flow.values),
    channel=st.sampled_from(Channel.values),
    address=st.sampled_from(["a@x.example", "b@x.example", ""]),
    status=st.sampled_from(DraftStatus.values),
    fingerprint=words,
    approved_fingerprint=words,
    text_fingerprint=words,
    now=st.just(NOW),
    due_at=known_moments,
    not_before=moments,
    undo_until=moments,
    decided_at=moments,
    by_policy=st.booleans(),
    reason_kind=st.sampled_from(["unanswered_question", "next_step"]),
    priority=st.integers(0, 2),
    confirms=st.integers(0, 3),
    consent=st.sampled_from(["yes", "no", "unknown", ""]),
    suppressions=suppressions,
    current_address=st.sampled_from(["a@x.example", "b@x.example", ""]),
    hard_bounced=st.booleans(),
    replied_at=moments,
    refused_topic=st.sampled_from(["", "Offers"]),
    paused_until=moments,
    stops=stops,
    caps=st.just(CAPS),
    departed=departed,
    rivals=rivals,
    hours=hours,
    whereabouts=places,
)
# Random facts hardly ever pass; these differ from good ones in a few places, so that both answers occur.
near_good = st.builds(
    changed,
    st.sampled_from([GOOD, TEXT, CONFIRMATION]),
    consent=st.sampled_from(["yes", "yes", "yes", "no", "unknown", ""]),
    suppressions=st.one_of(st.just(()), st.just(CONFIRMATION.suppressions), suppressions),
    refused_topic=st.sampled_from(["", "", "Offers"]),
    paused_until=st.one_of(st.none(), moments),
    stops=st.one_of(st.just(()), stops),
    departed=st.one_of(st.just(()), departed),
    rivals=st.one_of(st.just(()), rivals),
    replied_at=st.one_of(st.none(), moments),
    not_before=st.one_of(st.none(), moments),
    text_fingerprint=st.sampled_from(["f1", "f1", "f2"]),
    whereabouts=places,
)
