"""What came of a call is kept with all that follows from it, once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contacts import services as contacts
from contacts.models import ActiveSuppression, Contact, Touch
from contacts.states import Channel, Consent, SuppressionReason
from outreach import services
from outreach.models import Call
from outreach.services import NotPermitted, Refused, StaleCall
from outreach.states import CallOutcome, CallStatus, DraftStatus
from staff.models import AuditEntry, User
from tests.factories import make_team, make_user
from tests.outreach.calls.making import DAY, NOON, make_call, make_callable
from tests.outreach.world import make_contact, make_draft

pytestmark = pytest.mark.django_db


@pytest.fixture
def concierge() -> User:
    return make_user("Concierge")


def keep(call: Call, by: User, outcome: str = CallOutcome.REACHED, **fields: object) -> Call:
    given = {"note": "They are well.", "minutes": 7, "now": NOON, **fields}
    return services.keep_outcome(call_id=call.pk, outcome=outcome, by=by, **given)  # type: ignore[arg-type]


def suppressed(contact: Contact) -> set[tuple[str, str]]:
    return set(ActiveSuppression.objects.filter(contact_id=contact.pk).values_list("channel", "reason"))


def test_somebody_reached_is_a_touch_of_ours_and_the_end(concierge: User) -> None:
    call = keep(make_call(), concierge)
    assert (call.status, call.outcome, call.done_by, call.done_at) == ("done", "reached", concierge, NOON)
    assert (call.minutes, call.tries, call.note, call.owner) == (7, 1, "They are well.", concierge)
    touch = Touch.objects.get(contact=call.contact)
    assert (touch.direction, touch.kind, touch.channel, touch.at) == ("out", "call", "call", NOON)
    assert touch.summary == "Reached. They are well."
    assert AuditEntry.objects.get(action="outreach.keep_outcome").detail["outcome"] == "reached"


def test_nobody_answers_three_times_at_most(concierge: User) -> None:
    call, now = make_call(), NOON
    for tries in (1, 2):
        call = keep(call, concierge, CallOutcome.VOICEMAIL, now=now, minutes=1)
        assert (call.status, call.tries, call.due_at) == (CallStatus.WAITING, tries, now + DAY)
        assert call.latest_at >= call.due_at
        now = call.due_at
    call = keep(call, concierge, CallOutcome.VOICEMAIL, now=now, minutes=1)
    assert (call.status, call.outcome, call.minutes) == ("done", "voicemail", 3)
    assert call.status_reason == "Nobody answered 3 times."
    assert Touch.objects.filter(contact=call.contact).count() == 3


def test_called_back_at_the_moment_they_named(concierge: User) -> None:
    at = NOON + timedelta(days=5, hours=1)
    call = keep(make_call(), concierge, CallOutcome.CALL_BACK, back_at=at)
    assert (call.status, call.due_at, call.outcome) == (CallStatus.WAITING, at, "call_back")
    with pytest.raises(Refused, match="Say when they want to be called back"):
        keep(call, concierge, CallOutcome.CALL_BACK)


def test_a_wrong_number_is_not_used_again(concierge: User) -> None:
    contact = make_callable()
    sms = make_draft(contact, channel=Channel.SMS)
    mail = make_draft(contact)
    other = make_call(contact, why="Another reason.")
    call = keep(make_call(contact), concierge, CallOutcome.WRONG_NUMBER)
    assert call.status == CallStatus.DONE
    assert suppressed(contact) == {("sms", "hard_bounce"), ("call", "hard_bounce")}
    for row in (sms, mail, other):
        row.refresh_from_db()
    assert (sms.status, mail.status) == (DraftStatus.SUPPRESSED, DraftStatus.AWAITING_REVIEW)
    assert other.status == CallStatus.CALLED_OFF
    with pytest.raises(Refused):
        make_call(contact)
    contacts.set_address(contact=contact, kind="phone", value="+441174960099")
    assert make_call(contact).status == CallStatus.WAITING


def test_who_does_not_want_calls_gets_none_again(concierge: User) -> None:
    contact = make_callable()
    other = make_call(contact, why="Another reason.")
    call = keep(make_call(contact), concierge, CallOutcome.DO_NOT_CALL)
    assert call.status == CallStatus.DONE
    assert suppressed(contact) == {("call", SuppressionReason.OPTED_OUT)}
    other.refresh_from_db()
    assert other.status == CallStatus.CALLED_OFF
    # Another number of theirs changes nothing, nor does a yes from a file.
    contacts.set_address(contact=contact, kind="phone", value="+441174960098")
    contacts.record_consent(contact=contact, channel=Channel.CALL, status=Consent.YES, source="File", at=NOON + DAY)
    with pytest.raises(Refused, match="They opted out of calls"):
        make_call(contact)


def test_a_second_record_with_the_number_is_not_called_either(concierge: User) -> None:
    one = make_callable(phone="+441174960055")
    twin = make_callable(phone="+441174960055")
    waiting = make_call(twin)
    keep(make_call(one), concierge, CallOutcome.DO_NOT_CALL)
    waiting.refresh_from_db()
    assert waiting.status == CallStatus.CALLED_OFF


def test_a_stop_is_taken_even_where_the_call_was_called_off_meanwhile(concierge: User) -> None:
    call = make_call()
    services.call_off(call_ids=[call.pk], reason="They came back.", now=NOON)
    kept = keep(call, concierge, CallOutcome.DO_NOT_CALL)
    assert (kept.status, kept.outcome) == (CallStatus.CALLED_OFF, "do_not_call")
    assert suppressed(call.contact) == {("call", "opted_out")}


@pytest.mark.parametrize("outcome", [CallOutcome.REACHED, CallOutcome.VOICEMAIL])
def test_a_call_that_was_called_off_while_it_was_made_took_place(concierge: User, outcome: CallOutcome) -> None:
    call = make_call()
    services.call_off(call_ids=[call.pk], reason="They came back.", now=NOON)
    kept = keep(call, concierge, outcome, tries_seen=0)
    assert (kept.status, kept.status_reason) == (CallStatus.CALLED_OFF, "They came back.")
    assert (kept.outcome, kept.note, kept.minutes, kept.done_at) == (outcome, "They are well.", 7, None)
    assert Touch.objects.get(contact=call.contact).summary == f"{outcome.label}. They are well."
    with pytest.raises(StaleCall, match="Nothing of yours was kept twice"):
        keep(call, concierge, outcome, tries_seen=0)
    assert Touch.objects.count() == 1


def test_a_moment_named_in_a_call_that_was_called_off_is_written_down(concierge: User) -> None:
    call = make_call()
    services.call_off(call_ids=[call.pk], reason="They came back.", now=NOON)
    kept = keep(call, concierge, CallOutcome.CALL_BACK, back_at=NOON + DAY)
    assert (kept.status, kept.due_at) == (CallStatus.CALLED_OFF, call.due_at)
    assert "They asked to be called back on 21 May at 10:00 UTC." in Touch.objects.get().summary


def test_the_second_of_two_is_told_who_was_first() -> None:
    team = make_team()
    first, second = make_user("Concierge", team=team), make_user("Concierge", team=team)
    call = make_call()
    keep(call, first)
    with pytest.raises(StaleCall, match=f"{first} made this call on 20 May at 10:00 UTC"):
        keep(call, second)
    assert Touch.objects.count() == 1


def test_one_form_sent_twice_counts_once(concierge: User) -> None:
    call = make_call()
    keep(call, concierge, CallOutcome.VOICEMAIL, tries_seen=0)
    with pytest.raises(StaleCall, match="a moment ago"):
        keep(call, concierge, CallOutcome.VOICEMAIL, tries_seen=0)
    call.refresh_from_db()
    assert call.tries == 1


def test_consent_taken_back_while_the_page_was_open_ends_it(concierge: User) -> None:
    call = make_call()
    contacts.record_consent(contact=call.contact, channel=Channel.CALL, status=Consent.NO, source="Form", at=NOON)
    call = keep(call, concierge, CallOutcome.VOICEMAIL)
    assert call.status == CallStatus.DONE
    assert call.status_reason == "Nobody calls again. They did not agree to calls."
    assert AuditEntry.objects.get(action="outreach.keep_outcome").detail["against"] == "consent"


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"outcome": "shouted"}, "Choose what came of the call"),
        ({"minutes": 481}, "from 0 to 480 minutes"),
        ({"note": "x" * 2001}, "Shorten it to 2000"),
    ],
)
def test_nonsense_is_refused_in_words(concierge: User, fields: dict[str, object], sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        keep(make_call(), concierge, **fields)  # type: ignore[arg-type]
    assert not Touch.objects.exists()


def test_only_those_whose_call_it_is_keep_its_outcome(concierge: User) -> None:
    call = make_call(owner_id=make_user("Concierge", team=make_team("Far away")).pk)
    with pytest.raises(NotPermitted, match="not yours"):
        keep(call, concierge)
    with pytest.raises(NotPermitted, match="You may not keep"):
        keep(call, make_user("Retention manager"))
    with pytest.raises(Refused, match="no such call"):
        services.keep_outcome(call_id=0, outcome="reached", note="", minutes=0, by=concierge, now=NOON)
    assert make_contact().calls.count() == 0
