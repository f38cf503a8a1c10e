"""Saving what people chose: at once, for everybody with the address, and never more than they refused here."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from contacts import services as contacts
from contacts.models import ConsentRecord, Contact, Suppression, SuppressionLift
from contacts.permission import permissions_of
from contacts.services.merging import merge
from contacts.states import Channel, Consent, MergeKey, SuppressionReason
from outreach import services
from outreach.models import Draft, Pause, Topic, TopicRefusal
from outreach.services import Choices, Saved
from outreach.states import DraftStatus
from staff.models import AuditEntry
from tests.factories import make_user
from tests.outreach.world import EARLIER, NOW, make_approved, make_contact, make_draft

pytestmark = pytest.mark.django_db

SHOWN = frozenset({"email", "sms", "call"})
NOON = datetime(2026, 6, 20, 12, tzinfo=UTC)


def save(draft: Draft, *, now: datetime = NOW, **choices: Any) -> Saved:
    saved = services.save_preferences(token=draft.unsubscribe_token, choices=Choices(**choices), now=now)
    assert saved is not None
    return saved


def save_channels(draft: Draft, ticked: set[str], *, now: datetime = NOW) -> Saved:
    """As a browser does that shows the page as it is."""
    known = services.preferences_of(token=draft.unsubscribe_token, now=now)
    assert known is not None
    shown = frozenset(one.channel for one in known.channels if not one.locked)
    on = frozenset(one.channel for one in known.channels if one.on)
    return save(draft, now=now, channels_shown=shown, channels_shown_on=on, channels=frozenset(ticked))


def consent(contact: Contact, channel: str) -> str:
    return permissions_of([contact.pk])[contact.pk][channel].consent


def status(draft: Draft) -> str:
    return str(Draft.objects.values_list("status", flat=True).get(pk=draft.pk))


def test_a_channel_is_refused_with_proof_and_what_waits_there_is_given_up() -> None:
    contact = make_contact()
    mail, sms = make_approved(contact, make_user()), make_approved(contact, channel=Channel.SMS)
    saved = save_channels(mail, {"email"})
    assert (consent(contact, "email"), consent(contact, "sms")) == ("yes", "no")
    assert (status(mail), status(sms)) == (DraftStatus.APPROVED, DraftStatus.SUPPRESSED)
    sms.refresh_from_db()
    assert sms.status_reason == "They refused this channel on their preference page on 20 May 2026. Nothing was sent."
    proof = ConsentRecord.objects.latest("id")
    assert proof.source == f"Preference page of message {mail.pk}: “You may reach me: by text message (SMS)”"
    assert {one.channel: one.on for one in saved.preferences.channels} == {"email": True, "sms": False, "call": False}
    entry = AuditEntry.objects.get(action="outreach.save_preferences")
    assert entry.detail["off"] == ["sms"]
    assert contact.name not in str(entry.detail)


def test_what_was_refused_here_is_given_back_here() -> None:
    draft = make_draft()
    save_channels(draft, set())
    assert consent(draft.contact, "email") == "no"
    save_channels(draft, {"email"}, now=NOW + timedelta(days=1))
    assert consent(draft.contact, "email") == "yes"
    assert consent(draft.contact, "sms") == "no"


def test_a_channel_never_asked_about_is_allowed_by_a_tick() -> None:
    draft = make_draft()
    save_channels(draft, {"email", "sms", "call"})
    assert consent(draft.contact, "call") == "yes"


def test_a_no_from_elsewhere_is_not_undone_by_the_link() -> None:
    draft = make_draft()
    contacts.record_consent(contact=draft.contact, channel="sms", status=Consent.NO, source="A call", at=NOW)
    saved = save(draft, channels_shown=SHOWN, channels=SHOWN)
    assert consent(draft.contact, "sms") == "no"
    assert next(one.locked for one in saved.preferences.channels if one.channel == "sms")


def test_a_source_that_only_says_it_was_the_page_does_not_count_when_a_person_wrote_it_down() -> None:
    draft = make_draft()
    said = {"source": "Preference page of an older system", "at": NOW, "by": make_user()}
    contacts.record_consent(contact=draft.contact, channel="sms", status=Consent.NO, **said)  # type: ignore[arg-type]
    save(draft, channels_shown=SHOWN, channels=SHOWN)
    assert consent(draft.contact, "sms") == "no"


def test_a_page_left_open_does_not_switch_on_what_was_refused_since() -> None:
    draft = make_draft()
    save_channels(draft, {"email"})
    save(draft, channels_shown=SHOWN, channels_shown_on=frozenset({"email", "sms"}), channels=SHOWN)
    assert consent(draft.contact, "sms") == "no"


def test_an_answer_dated_ahead_of_our_clock_gives_way() -> None:
    contact = make_contact()
    ahead = NOW + timedelta(days=400)
    contacts.record_consent(contact=contact, channel="email", status=Consent.YES, source="A file", at=ahead)
    save_channels(make_draft(contact), set())
    assert consent(contact, "email") == "no"


@pytest.mark.parametrize(
    ("reason", "where"), [*((one, "all") for one in SuppressionReason.values), ("opted_out", "email")]
)
def test_a_suppression_outlasts_every_tick(reason: str, where: str) -> None:
    draft = make_draft()
    contacts.suppress(contact=draft.contact, channel=where, reason=reason, at=NOW)
    before = permissions_of([draft.contact_id])[draft.contact_id]["email"].suppressed_by
    saved = save(draft, channels_shown=SHOWN, channels=SHOWN, pause="end")
    assert permissions_of([draft.contact_id])[draft.contact_id]["email"].suppressed_by == before
    assert not SuppressionLift.objects.exists()
    assert not any(one.on for one in saved.preferences.channels if one.channel == "email")
    assert saved.preferences.stopped is (where == "all")
    assert saved.preferences.opted_out is (where == "all" and reason == "opted_out")


def test_saving_twice_changes_nothing_more() -> None:
    draft = make_draft()
    for _ in range(2):
        save(draft, channels_shown=SHOWN, topics_shown=frozenset({"offers"}), pause="1")
    assert ConsentRecord.objects.filter(status=Consent.NO).count() == 2
    assert TopicRefusal.objects.count() == Pause.objects.count() == 1
    assert AuditEntry.objects.filter(action="outreach.save_preferences").count() == 1


def test_a_second_record_of_the_same_person_is_narrowed_too_and_gets_back_no_more() -> None:
    draft = make_draft()
    twin = contacts.create_contact(name="Marta L.", email=draft.address, phone="+441174960999")
    contacts.record_consent(contact=twin, channel=Channel.EMAIL, status=Consent.YES, source="Form", at=EARLIER)
    waiting = make_approved(twin)
    save(draft, channels_shown=frozenset({"email"}), topics_shown=frozenset({"tips"}), pause="1")
    assert consent(twin, "email") == "no"
    assert status(waiting) == DraftStatus.SUPPRESSED
    assert Pause.objects.filter(contact=twin).exists()
    assert TopicRefusal.objects.filter(contact=twin).exists()
    save(draft, channels_shown=SHOWN, channels=SHOWN, pause="end", now=NOW + timedelta(hours=1))
    assert (consent(twin, "email"), consent(twin, "sms")) == ("yes", "unknown")
    assert not Pause.objects.filter(ended_at__isnull=True).exists()


def test_a_refused_topic_takes_its_messages_away_and_can_be_given_back() -> None:
    offers, tips = Topic.objects.get(key="offers"), Topic.objects.get(key="tips")
    contact = make_contact()
    about_offers, about_tips = make_approved(contact, make_user()), make_draft(contact)
    Draft.objects.filter(pk=about_offers.pk).update(topic=offers)
    Draft.objects.filter(pk=about_tips.pk).update(topic=tips)
    shown = frozenset({"offers", "tips", "no such topic"})
    save(about_offers, topics_shown=shown, topics=frozenset({"tips"}))
    about_offers.refresh_from_db()
    assert (about_offers.status, status(about_tips)) == (DraftStatus.SUPPRESSED, DraftStatus.AWAITING_REVIEW)
    assert about_offers.status_reason.startswith("They refused “Offers” on their preference page")
    saved = save(about_offers, topics_shown=shown, topics=frozenset({"offers", "tips"}))
    assert all(one.on for one in saved.preferences.topics)
    assert status(about_offers) == DraftStatus.SUPPRESSED


def test_a_pause_holds_what_is_approved_and_says_until_when() -> None:
    contact = make_contact()
    approved, waiting = make_approved(contact, make_user()), make_draft(contact)
    saved = save(waiting, pause="1")
    approved.refresh_from_db()
    assert (approved.status, approved.not_before, approved.held_by) == (DraftStatus.APPROVED, NOON, "pause")
    assert approved.status_reason == "They asked for quiet until 20 June 2026. It waits until then."
    assert status(waiting) == DraftStatus.AWAITING_REVIEW
    assert saved.preferences.paused_until == NOON


def test_a_pause_is_changed_or_ended_and_what_waited_may_go() -> None:
    approved = make_approved(owner=make_user())
    save(approved, pause="3")
    save(approved, pause="day", pause_day=date(2026, 5, 25))
    approved.refresh_from_db()
    assert approved.not_before == datetime(2026, 5, 25, 12, tzinfo=UTC)
    assert Pause.objects.filter(ended_at__isnull=True).count() == 1
    saved = save(approved, pause="end")
    approved.refresh_from_db()
    assert (approved.held_by, approved.not_before, approved.status_reason) == ("", NOW, "")
    assert saved.preferences.paused_until is None


def test_a_pause_that_cannot_be_keeps_nothing_at_all() -> None:
    draft = make_draft()
    with pytest.raises(ValueError, match="within a year"):
        save(draft, channels_shown=SHOWN, pause="day", pause_day=date(2030, 1, 1))
    assert consent(draft.contact, "email") == "yes"
    assert not Pause.objects.exists()


def test_a_link_from_before_a_merge_chooses_for_who_they_are_now() -> None:
    owner = make_user()
    gone, stays = make_contact(), make_contact()
    link = make_draft(gone, owner)
    waiting = make_approved(stays, owner, channel=Channel.SMS)
    merge(survivor=stays, merged=gone, key=MergeKey.PERSON, reason="The same person", by=owner, at=NOW)
    save(link, channels_shown=frozenset({"sms"}))
    assert consent(stays, "sms") == "no"
    assert status(waiting) == DraftStatus.SUPPRESSED


def test_stopping_everything_holds_for_who_they_are_now() -> None:
    owner = make_user()
    gone, stays = make_contact(), make_contact()
    link = make_draft(gone, owner)
    waiting = make_approved(stays, owner)
    merge(survivor=stays, merged=gone, key=MergeKey.PERSON, reason="The same person", by=owner, at=NOW)
    services.unsubscribe(token=link.unsubscribe_token, now=NOW)
    assert Suppression.objects.filter(contact=stays, reason="opted_out").exists()
    assert status(waiting) == DraftStatus.SUPPRESSED


def test_a_message_that_a_merge_left_behind_still_leads_to_who_they_are_now() -> None:
    owner = make_user()
    gone, stays = make_contact(), make_contact()
    waiting, other = make_approved(stays, owner, channel=Channel.SMS), make_approved(stays, owner)
    merge(survivor=stays, merged=gone, key=MergeKey.PERSON, reason="The same person", by=owner, at=NOW)
    # Stored by somebody who had read the contact before the merge.
    link = make_draft(make_contact(), owner)
    Draft.objects.filter(pk=link.pk).update(contact=gone)
    save(link, channels_shown=frozenset({"sms"}))
    assert (consent(stays, "sms"), status(waiting)) == ("no", DraftStatus.SUPPRESSED)
    services.unsubscribe(token=link.unsubscribe_token, now=NOW)
    assert services.is_unsubscribed(contact_id=stays.pk)
    assert status(other) == DraftStatus.SUPPRESSED


def test_no_link_no_preferences() -> None:
    assert services.preferences_of(token="nobody", now=NOW) is None
    assert services.save_preferences(token="nobody", choices=Choices(channels_shown=SHOWN), now=NOW) is None
