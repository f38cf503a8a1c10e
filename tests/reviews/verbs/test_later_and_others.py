"""Later, by somebody else, and with a note: what a reviewer does with a message besides deciding about it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.utils import timezone

from outreach import services as outreach
from outreach.models import Draft
from outreach.services import NotPermitted, Refused, StaleDraft
from outreach.states import DraftStatus
from reviews import services
from reviews.models import LONGEST_NOTE, Note, ReviewDecision
from reviews.snoozes import Snooze, moment_of
from reviews.states import ReviewAction
from staff.models import Notification, User
from tests.factories import make_team, make_user
from tests.reviews.pages import form_of, signed_in, status_of, text_of, url
from tests.reviews.world import NOW, make_item, make_manager, make_owner, make_unsettled

PARIS = {"timezone": "Europe/Paris", "opens": time(9)}
#: Wednesday, 11:00 in Paris; and Friday, 23:30 there.
WEDNESDAY, FRIDAY = NOW, datetime(2026, 5, 22, 21, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("choice", "day", "now", "expected"),
    [
        (Snooze.HOUR, None, WEDNESDAY, WEDNESDAY + timedelta(hours=1)),
        (Snooze.LATER, None, FRIDAY, FRIDAY + timedelta(hours=4)),
        (Snooze.TOMORROW, None, WEDNESDAY, datetime(2026, 5, 21, 7, tzinfo=UTC)),
        # Half past eleven on Friday night in Paris: tomorrow is Saturday there.
        (Snooze.TOMORROW, None, FRIDAY, datetime(2026, 5, 23, 7, tzinfo=UTC)),
        (Snooze.WEEK, None, WEDNESDAY, datetime(2026, 5, 25, 7, tzinfo=UTC)),
        (Snooze.WEEK, None, datetime(2026, 5, 25, 6, tzinfo=UTC), datetime(2026, 6, 1, 7, tzinfo=UTC)),
        # The clocks went back in between.
        (Snooze.DAY, date(2026, 10, 26), datetime(2026, 10, 24, tzinfo=UTC), datetime(2026, 10, 26, 8, tzinfo=UTC)),
        (Snooze.DAY, date(2026, 3, 30), datetime(2026, 3, 27, tzinfo=UTC), datetime(2026, 3, 30, 7, tzinfo=UTC)),
    ],
)
def test_mornings_are_those_of_the_team(choice: Snooze, day: date | None, now: datetime, expected: datetime) -> None:
    assert moment_of(choice, day, now=now, **PARIS) == expected  # type: ignore[arg-type]  # two kinds in one dict


@pytest.fixture
def owner(db: None) -> User:
    return make_owner(make_team(manager=make_owner(name="Mia Manager")), name="Olivia Owens")


@pytest.fixture
def draft(owner: User) -> Draft:
    return make_item(owner)


def last(draft: Draft) -> ReviewDecision:
    return ReviewDecision.objects.filter(draft=draft).latest("id")


# --- snooze -----------------------------------------------------------------------------------------------------------


def test_snoozed_it_is_away_and_comes_back(owner: User, draft: Draft) -> None:
    client = signed_in(owner)
    answer = client.post(url("snooze", draft), form_of(draft, until="hour", reason="Their answer comes today"))
    assert answer.status_code == 302
    draft.refresh_from_db()
    assert draft.status == DraftStatus.AWAITING_REVIEW
    assert draft.snoozed_until is not None
    assert timedelta(minutes=59) < draft.snoozed_until - timezone.now() <= timedelta(hours=1)
    decision = last(draft)
    assert (decision.action, decision.reason, decision.until) == (
        ReviewAction.SNOOZE, "Their answer comes today", draft.snoozed_until,
    )  # fmt: skip
    page = text_of(client.get(url("item", draft)))
    assert "It comes back on" in page
    assert client.post(url("wake", draft), headers={"HX-Request": "true"}).status_code == 200
    awake = Draft.objects.get(pk=draft.pk)
    assert (awake.snoozed_until, awake.snooze_reason, last(draft).action) == (None, "", ReviewAction.WAKE)


NO_SNOOZES = [
    ({"reason": " "}, "Say in a few words what you wait for."),
    ({"until": "day"}, "Choose the day on which it comes back."),
    ({"until": "day", "day": "2020-01-01"}, "That moment is over."),
    ({"until": "day", "day": "2199-01-01"}, "Snooze for at most 60 days."),
    ({"until": "never"}, "Select a valid choice"),
]


def test_a_snooze_that_makes_no_sense_is_refused(owner: User, draft: Draft) -> None:
    client = signed_in(owner)
    for fields, says in NO_SNOOZES:
        answer = client.post(url("snooze", draft), form_of(draft, **fields))
        assert (answer.status_code, says in text_of(answer)) == (422, True), fields
    draft.refresh_from_db()
    assert draft.snoozed_until is None


def test_an_approval_ends_the_snooze(owner: User, draft: Draft) -> None:
    services.snooze(
        draft_id=draft.pk,
        fingerprint=draft.fingerprint,
        until=NOW + timedelta(days=1),
        reason="Later",
        by=owner,
        now=NOW,
    )
    services.approve(draft_id=draft.pk, fingerprint=draft.fingerprint, by=owner, now=NOW)
    draft.refresh_from_db()
    assert draft.snoozed_until is None
    with pytest.raises(StaleDraft):
        services.wake(draft_id=draft.pk, by=owner, now=NOW)


def test_what_is_awake_is_not_woken(owner: User, draft: Draft) -> None:
    with pytest.raises(Refused, match="not snoozed any more"):
        services.wake(draft_id=draft.pk, by=owner, now=NOW)


# --- reassign ---------------------------------------------------------------------------------------------------------


def test_a_colleague_gets_it_and_is_told_without_a_name(owner: User, draft: Draft) -> None:
    cara = make_owner(owner.team, name="Cara Colleague")
    answer = signed_in(owner).post(url("reassign", draft), form_of(draft, to_user=str(cara.pk), reason="Knows them"))
    assert answer.status_code == 302
    draft.refresh_from_db()
    assert draft.owner == cara
    decision = last(draft)
    assert (decision.action, decision.to_user, decision.reason) == (ReviewAction.REASSIGN, cara, "Knows them")
    told = Notification.objects.get(user=cara)
    assert (told.url, draft.contact.name in told.title) == (url("item", draft), False)
    services.approve(draft_id=draft.pk, fingerprint=draft.fingerprint, by=cara, now=NOW)
    with pytest.raises(NotPermitted):
        services.undo(draft_id=draft.pk, by=owner, now=NOW)


def test_whoever_may_not_decide_gets_nothing(owner: User, draft: Draft) -> None:
    stranger, concierge = make_owner(make_team()), make_user("Concierge", team=owner.team)
    left = make_owner(owner.team, is_active=False)
    for other in (stranger, concierge, left):
        with pytest.raises(Refused, match="You cannot give messages to"):
            services.reassign(
                draft_id=draft.pk, fingerprint=draft.fingerprint, to_user=other, reason="", by=owner, now=NOW
            )
        refused = signed_in(owner).post(url("reassign", draft), form_of(draft, to_user=str(other.pk)))
        assert refused.status_code == 422
    with pytest.raises(Refused, match="It is with Olivia Owens already"):
        services.reassign(draft_id=draft.pk, fingerprint=draft.fingerprint, to_user=owner, reason="", by=owner, now=NOW)
    draft.refresh_from_db()
    assert draft.owner == owner


def test_who_may_give_to_whom(owner: User) -> None:
    cara, stranger, manager = make_owner(owner.team), make_owner(make_team()), make_manager("Everywhere")
    assert owner.team is not None
    near = {owner, cara, owner.team.manager}
    assert set(services.colleagues_of(owner)) == near
    assert owner.team.manager is not None
    assert set(services.colleagues_of(owner.team.manager)) == near
    assert set(services.colleagues_of(manager)) >= {*near, stranger, manager}
    assert list(services.colleagues_of(make_owner())) != []


def test_handed_to_a_place_one_cannot_see_the_queue_goes_on(draft: Draft) -> None:
    """A manager gives a message of a team that is not hers away; the answer is no error."""
    boss = make_owner(name="Boss")
    other = make_owner(make_team(manager=boss))
    mine = make_item(boss)
    answer = signed_in(boss).post(url("reassign", mine), form_of(mine, to_user=str(other.pk)))
    assert answer.status_code == 302
    assert signed_in(boss).get(answer["Location"]).status_code == 200


# --- notes ------------------------------------------------------------------------------------------------------------


def test_a_note_is_read_by_whoever_sees_the_message(owner: User, draft: Draft) -> None:
    cara = make_owner(owner.team)
    words = "Ask for \N{FAMILY} after the fair. \N{RIGHT-TO-LEFT MARK}\u05e9\u05dc\u05d5\u05dd <b>not bold</b>"
    assert signed_in(cara).post(url("add_note", draft), {"text": words}).status_code == 302
    page = signed_in(owner).get(url("item", draft)).content.decode()
    assert "&lt;b&gt;not bold&lt;/b&gt;" in page
    assert "\u05e9\u05dc\u05d5\u05dd" in page
    note = Note.objects.get()
    assert (note.contact_id, note.draft, note.by, note.text) == (draft.contact_id, draft, cara, words)
    assert status_of(draft) == DraftStatus.AWAITING_REVIEW


@pytest.mark.parametrize(("text", "says"), [(" \n ", "The note is empty"), ("x" * 100_000, "has 100000 characters")])
def test_a_note_without_words_or_of_100_kb_is_refused_in_words(owner: User, draft: Draft, text: str, says: str) -> None:
    answer = signed_in(owner).post(url("add_note", draft), {"text": text})
    assert (answer.status_code, says in text_of(answer)) == (422, True)
    with pytest.raises(Refused, match=says):
        services.add_note(draft_id=draft.pk, text=text, by=owner, now=NOW)
    assert not Note.objects.exists()
    assert LONGEST_NOTE < 100_000


def test_a_stranger_writes_no_note(draft: Draft) -> None:
    with pytest.raises(NotPermitted):
        services.add_note(draft_id=draft.pk, text="Hello", by=make_owner(make_team()), now=NOW)


# --- undo -------------------------------------------------------------------------------------------------------------


def test_an_approval_is_taken_back_while_it_can_be(owner: User, draft: Draft) -> None:
    client = signed_in(owner)
    other = make_item(owner, name="Second Person")
    page = client.post(url("approve", draft), form_of(draft), follow=True)
    undo = page.context["undo"]
    assert (undo.draft, undo.name) == (draft.pk, draft.contact.name)
    assert 55 <= undo.seconds <= 60
    assert page.context["draft"] == other
    assert outreach.deliver_due(now=timezone.now(), limit=9).sent == 0
    back = client.post(url("undo", draft), follow=True)
    assert "Taken back. It is not sent" in text_of(back)
    assert status_of(draft) == DraftStatus.AWAITING_REVIEW
    assert [one.action for one in draft.review_decisions.all()] == [ReviewAction.UNDO, ReviewAction.APPROVE]
    assert client.get(url("item", draft)).context["undo"] is None
    # Once more is no error of the server: it says how it stands.
    assert client.post(url("undo", draft)).status_code == 409


def test_what_is_sent_once_more_can_be_undone_too(owner: User) -> None:
    draft = make_unsettled(owner)
    manager = owner.team.manager  # type: ignore[union-attr]  # made with one above
    assert manager is not None
    client = signed_in(manager)
    # A settled message is no longer in front of whoever settled it, so the next page offers it.
    page = client.post(url("settle", draft), form_of(draft, outcome="send_again"), follow=True)
    assert page.context["undo"].draft == draft.pk
    assert signed_in(owner).get(url("item", draft)).context["undo"].draft == draft.pk
    client.post(url("undo", draft))
    assert status_of(draft) == DraftStatus.UNKNOWN


def test_two_presses_approve_once(owner: User, draft: Draft) -> None:
    client = signed_in(owner)
    first, second = (client.post(url("approve", draft), form_of(draft)) for _ in range(2))
    assert (first.status_code, second.status_code) == (302, 409)
    assert draft.review_decisions.count() == 1


# --- bad input --------------------------------------------------------------------------------------------------------


def test_what_has_come_to_its_end_is_left_as_it_is(owner: User, draft: Draft) -> None:
    outreach.approve(draft_id=draft.pk, fingerprint=draft.fingerprint, by=owner, now=NOW)
    client, colleague = signed_in(owner), make_owner(owner.team)
    tried = {
        "sent": ("approve", "undo", "reassign"), "suppressed": ("approve", "snooze"), "withdrawn": ("approve", "edit"),
        "sending": ("undo", "wake"), "closed_out": ("approve",),
    }  # fmt: skip
    for status, verbs in tried.items():
        # What delivery and others leave behind.
        Draft.objects.filter(pk=draft.pk).update(
            status=status, sent_at=NOW if status == "sent" else None, claimed_at=NOW, status_reason="As it ended."
        )
        for verb in verbs:
            answer = client.post(url(verb, draft), form_of(draft, to_user=str(colleague.pk)))
            assert (answer.status_code, "how it stands now" in text_of(answer)) == (409, True), (status, verb)
        assert status_of(draft) == status


def test_names_of_any_kind_and_markup_in_a_text_are_shown_as_they_are(owner: User) -> None:
    name = "\N{ROCKET} <script>alert(1)</script> \u0645\u0631\u064a\u0645"
    draft = make_item(owner, name=name)
    page = signed_in(owner).get(url("item", draft)).content.decode()
    assert "<script>alert(1)" not in page
    assert "\u0645\u0631\u064a\u0645" in page
    noted = signed_in(owner).post(url("approve", draft), form_of(draft), follow=True).content.decode()
    assert "<script>alert(1)" not in noted


def test_a_page_that_is_painted_already_gets_a_short_answer(owner: User, draft: Draft) -> None:
    """The next item was fetched ahead. What is answered is what may differ, and it is open from then on."""
    client, following = signed_in(owner), make_item(owner, name="Second Person")
    painted = {"HX-Request": "true", "X-Painted": f"{following.pk} {following.fingerprint}"}
    answer = client.post(url("approve", draft), form_of(draft), headers=painted)
    page = answer.content.decode()
    assert answer["HX-Push-Url"] == url("item", following)
    assert 'id="item"' not in page
    assert all(f'id="{part}"' in page for part in ("messages", "undo", "item-claim", "worklist"))
    assert "Approved for" in text_of(answer)
    assert following.opened.filter(user=owner, fingerprint=following.fingerprint).exists()
    # Another text by now is shown as a whole.
    stale = {**painted, "X-Painted": f"{draft.pk} {'0' * 64}"}
    client.post(url("undo", draft))
    answer = client.post(url("snooze", following), form_of(following), headers=stale)
    assert 'id="item"' in answer.content.decode()
