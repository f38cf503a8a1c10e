"""Work of people who are away goes to whoever stands in, and comes back when nobody took it up."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from outreach.models import Call, Draft
from outreach.services import keep_outcome
from outreach.states import CallOutcome
from reviews.models import HandOver
from reviews.services import add_note, edit, hand_overs, reassign, snooze
from reviews.services.hand_overs import HandedOver, hand_over
from staff import services as staff
from staff.models import Absence, AuditEntry, Notification, Team, User
from staff.states import ClaimKind
from tests.factories import make_team, make_user
from tests.outreach.calls.making import make_call
from tests.outreach.world import NOW, make_draft

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
BACK = NOW + 3 * DAY


@pytest.fixture
def team() -> Team:
    return make_team("North", manager=make_user("SDR manager", name="Sunniva Dahl"))


@pytest.fixture
def owner(team: Team) -> User:
    return make_user("Account owner", name="Olivia Owens", team=team)


def away(user: User, substitute: User | None = None, *, days: int = 2, now: datetime = NOW) -> Absence:
    """From now on for so many days."""
    return staff.add_absence(
        user=user, first_on=now.date(), last_on=(now + (days - 1) * DAY).date(), substitute=substitute, by=None, now=now
    )


def owners(*rows: Draft | Call) -> list[User | None]:
    for row in rows:
        row.refresh_from_db()
    return [row.owner for row in rows]


def test_it_goes_to_whoever_was_named_and_back_when_nobody_took_it_up(owner: User, team: Team) -> None:
    ida = make_user("Account owner", name="Ida Berg", team=team)
    draft, call, sent = make_draft(owner=owner), make_call(owner_id=owner.pk), make_draft(owner=owner)
    Draft.objects.filter(pk=sent.pk).update(status="withdrawn")
    absence = away(owner, ida)
    assert hand_over(now=NOW) == HandedOver(given=2)
    assert owners(draft, call, sent) == [ida, ida, owner]
    assert hand_over(now=NOW) == HandedOver()
    assert set(HandOver.objects.values_list("absence", "of_user", "to_user", "ended_at")) == {
        (absence.pk, owner.pk, ida.pk, None)
    }
    (notice,) = Notification.objects.filter(user=ida)
    assert notice.title == "You stand in for Olivia Owens until 21 May. Their work is with you."
    arrived = make_draft(owner=owner)
    assert hand_over(now=NOW + DAY) == HandedOver(given=1)
    assert hand_over(now=BACK) == HandedOver(back=3)
    assert owners(draft, call, arrived) == [owner, owner, owner]
    assert hand_over(now=BACK) == HandedOver()
    assert HandOver.objects.filter(ended_at=BACK, went_back=True).count() == 3
    assert [one.kind for one in Notification.objects.filter(user=owner)] == ["assigned"]
    assert list(AuditEntry.objects.filter(action="reviews.hand_back").values_list("summary", flat=True)) == [
        "1 call", "2 messages",
    ]  # fmt: skip


def test_what_whoever_stood_in_took_up_stays_with_them(owner: User, team: Team) -> None:
    ida = make_user("Account owner", team=team)
    drafts = [make_draft(owner=owner) for _ in range(5)]
    calls = [make_call(owner_id=owner.pk) for _ in range(2)]
    away(owner, ida)
    hand_over(now=NOW)
    edited, snoozed, decided, given_on, noted = drafts
    edit(draft_id=edited.pk, fingerprint=edited.fingerprint, subject="Another", body=edited.body, by=ida, now=NOW)
    snooze(
        draft_id=snoozed.pk, fingerprint=snoozed.fingerprint, until=NOW + DAY, reason="They are out", by=ida, now=NOW
    )
    Draft.objects.filter(pk=decided.pk).update(status="withdrawn")
    Draft.objects.filter(pk=given_on.pk).update(owner=team.manager)
    add_note(draft_id=noted.pk, text="Rings at five", by=ida, now=NOW)
    keep_outcome(call_id=calls[0].pk, outcome=CallOutcome.VOICEMAIL, note="", minutes=1, back_at=None, by=ida, now=NOW)
    assert hand_over(now=BACK) == HandedOver(back=1)
    assert owners(*drafts, *calls) == [ida, ida, ida, team.manager, ida, ida, owner]
    assert not HandOver.objects.filter(ended_at=None).exists()
    assert list(HandOver.objects.filter(went_back=True).values_list("call", flat=True)) == [calls[1].pk]


def test_otherwise_as_the_team_says(owner: User, team: Team) -> None:
    make_user("Concierge", team=team)
    busy, free = (make_user("Account owner", team=team) for _ in range(2))
    make_draft(owner=busy)
    drafts = [make_draft(owner=owner) for _ in range(3)]
    absence = away(owner)
    Team.objects.filter(pk=team.pk).update(hand_over="nobody")
    assert hand_over(now=NOW) == HandedOver()
    Team.objects.filter(pk=team.pk).update(hand_over="team")
    assert hand_over(now=NOW) == HandedOver(given=3)
    assert owners(*drafts) == [free, busy, free]
    staff.end_absence(absence=absence, by=None, now=NOW)
    assert hand_over(now=NOW) == HandedOver(back=3)
    away(owner)
    Team.objects.filter(pk=team.pk).update(hand_over="manager")
    hand_over(now=NOW)
    assert owners(*drafts) == [team.manager] * 3


def test_whoever_stands_in_may_be_away_too_and_it_still_goes_back_to_whose_it_was(owner: User, team: Team) -> None:
    ida, ada = (make_user("Account owner", team=team) for _ in range(2))
    draft = make_draft(owner=owner)
    away(owner, ida, days=5)
    hand_over(now=NOW)
    away(ida, ada, days=2)
    assert hand_over(now=NOW) == HandedOver(given=1)
    assert owners(draft) == [ada]
    # Ida is back first; it is not hers.
    assert hand_over(now=BACK) == HandedOver()
    assert hand_over(now=NOW + 5 * DAY) == HandedOver(back=1)
    assert owners(draft) == [owner]


def test_what_a_person_gave_on_goes_back_to_whom_they_gave_it(owner: User, team: Team) -> None:
    """Though whose it was first comes back before them."""
    ida, carl, dora = (make_user("Account owner", team=team) for _ in range(3))
    draft = make_draft(owner=owner)
    away(owner, ida, days=4)
    hand_over(now=NOW)
    assert owners(draft) == [ida]
    reassign(draft_id=draft.pk, fingerprint=draft.fingerprint, to_user=carl, reason="Knows them", by=ida, now=NOW)
    away(carl, dora, days=6, now=NOW + DAY)
    assert hand_over(now=NOW + DAY) == HandedOver(given=1)
    assert owners(draft) == [dora]
    # Olivia is back, and it is not hers any more.
    assert hand_over(now=NOW + 4 * DAY) == HandedOver()
    assert owners(draft) == [dora]
    assert hand_over(now=NOW + 7 * DAY) == HandedOver(back=1)
    assert owners(draft) == [carl]
    assert not Notification.objects.filter(user=owner).exists()
    assert list(HandOver.objects.order_by("pk").values_list("of_user", "to_user", "ended_at", "went_back")) == [
        (owner.pk, ida.pk, NOW, False),
        (carl.pk, dora.pk, NOW + 7 * DAY, True),
    ]


def test_what_is_put_off_or_open_in_front_of_somebody_stays(owner: User, team: Team) -> None:
    later, opened = make_draft(owner=owner), make_draft(owner=owner)
    Draft.objects.filter(pk=later.pk).update(snoozed_until=NOW + DAY)
    away(owner, days=4)
    staff.claim(kind=ClaimKind.MESSAGE, row_id=opened.pk, user=make_user(), now=NOW)
    assert hand_over(now=NOW) == HandedOver()
    assert hand_over(now=NOW + timedelta(minutes=5)) == HandedOver(given=1)
    assert hand_over(now=NOW + DAY) == HandedOver(given=1)
    assert owners(later, opened) == [team.manager, team.manager]


def test_a_day_is_a_day_where_the_team_is(owner: User, team: Team) -> None:
    """In Auckland the 22nd has begun when it is noon on the 21st in UTC."""
    Team.objects.filter(pk=team.pk).update(timezone="Pacific/Auckland")
    owner.refresh_from_db()
    draft = make_draft(owner=owner)
    staff.add_absence(user=owner, first_on=(NOW + 2 * DAY).date(), last_on=(NOW + 2 * DAY).date(), by=None, now=NOW)
    assert hand_over(now=NOW + DAY) == HandedOver()
    assert hand_over(now=(NOW + DAY).replace(hour=12)) == HandedOver(given=1)
    assert hand_over(now=(NOW + 2 * DAY).replace(hour=12)) == HandedOver(back=1)
    assert owners(draft) == [owner]


def test_many_change_hands_in_batches_and_as_many_queries_as_for_few(
    owner: User, team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    away(owner, days=9)
    make_draft(owner=owner)
    with CaptureQueriesContext(connection) as one:
        hand_over(now=NOW)
    drafts = [make_draft(owner=owner) for _ in range(6)]
    with CaptureQueriesContext(connection) as six:
        assert hand_over(now=NOW) == HandedOver(given=6)
    assert len(six) == len(one)
    monkeypatch.setattr(hand_overs, "BATCH", 2)
    drafts += [make_draft(owner=owner) for _ in range(5)]
    assert hand_over(now=NOW) == HandedOver(given=5)
    assert hand_over(now=NOW + 9 * DAY) == HandedOver(back=12)
    assert owners(*drafts) == [owner] * 11
