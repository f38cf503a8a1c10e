"""Writing, deciding and withdrawing drafts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from contacts import services as contacts
from contacts.states import Channel, Consent, SuppressionReason
from outreach import services
from outreach.models import Draft, Template, TemplateVersion
from outreach.rules import Verdict
from outreach.services import BlockedByGates, NotPermitted, Refused, StaleDraft
from outreach.shipped import load, load_for_playbooks
from outreach.states import DraftStatus, TemplateStatus
from staff.models import AuditEntry, User
from tests.factories import make_team, make_user
from tests.outreach.world import NOW, make_approved, make_contact, make_draft, request_for

pytestmark = pytest.mark.django_db


def approve(draft: Draft, by: User | None, fingerprint: str = "") -> Draft:
    return services.approve(draft_id=draft.pk, fingerprint=fingerprint or draft.fingerprint, by=by, now=NOW)


def edit(draft: Draft, by: User, body: str, subject: str = "Your question") -> Draft:
    return services.edit(draft_id=draft.pk, fingerprint=draft.fingerprint, subject=subject, body=body, by=by, now=NOW)


# --- writing ----------------------------------------------------------------------------------------------------------


def test_a_shipped_wording_becomes_a_draft_that_awaits_review() -> None:
    owner = make_user()
    request = request_for(make_contact(), owner)
    written = services.write(library=services.library(), request=request)
    draft = services.store_draft(request=request, written=written, now=NOW)
    assert draft.status == DraftStatus.AWAITING_REVIEW
    assert "calendar" in draft.body
    assert "[[unsubscribe]]" in draft.body
    assert draft.template_version is not None
    assert draft.template_version.status == TemplateStatus.APPROVED
    assert draft.fingerprint == written.fingerprint


def test_writing_many_asks_the_database_once(django_assert_num_queries: Any) -> None:
    request = request_for(make_contact(), make_user())
    with django_assert_num_queries(3):  # wording, phrases, hosts
        library = services.library()
        for _ in range(20):
            services.write(library=library, request=request)


def test_without_approved_wording_a_person_has_to_write() -> None:
    owner = make_user()
    request = request_for(make_contact(), owner, angle="nothing_of_ours")
    written = services.write(library=services.library(), request=request)
    draft = services.store_draft(request=request, written=written, now=NOW)
    with pytest.raises(Refused, match="no text yet"):
        approve(draft, owner)
    text = "Hello Marta,\n\nyes, it works with your calendar, and the guide shows how.\n\nStop these: [[unsubscribe]]"
    assert approve(edit(draft, owner, text), owner).status == DraftStatus.APPROVED


def test_a_template_asked_for_by_key_is_taken_only_for_its_channel() -> None:
    library = services.library()
    sms = Template.objects.filter(channel=Channel.SMS).first()
    assert sms is not None
    request = request_for(make_contact(), make_user(), template_key=sms.key)
    written = services.write(library=library, request=request)
    assert written.template_version_id is not None
    assert TemplateVersion.objects.get(pk=written.template_version_id).template.channel == Channel.EMAIL


def test_gates_that_want_a_look_are_added_to_the_reasons_for_review() -> None:
    owner = make_user()
    draft = make_draft(owner=owner)
    changed = edit(draft, owner, draft.body.replace("Yes,", "Yes, and there is a 10 % discount,"))
    assert changed.review_reasons == ["first_message", "commitment"]


# --- approving --------------------------------------------------------------------------------------------------------


def test_the_owner_approves_and_it_is_due_and_audited() -> None:
    owner = make_user("Account owner")
    draft = approve(make_draft(owner=owner), owner)
    assert (draft.status, draft.approved_fingerprint, draft.decided_by) == (
        DraftStatus.APPROVED, draft.fingerprint, owner,
    )  # fmt: skip
    assert list(Draft.objects.approved_due(NOW)) == [draft]
    assert AuditEntry.objects.filter(action="outreach.approve", actor=owner, object_id=str(draft.pk)).count() == 1


def test_approving_early_does_not_send_early() -> None:
    owner = make_user()
    later = NOW + timedelta(days=2)
    draft = approve(make_draft(owner=owner, due_at=later), owner)
    assert not Draft.objects.approved_due(NOW).exists()
    assert list(Draft.objects.approved_due(later)) == [draft]


def test_whoever_comes_second_is_told_who_was_first() -> None:
    owner, manager = make_user(name="Ada Reyes"), make_user("SDR manager")
    draft = make_draft(owner=owner)
    approve(draft, owner)
    with pytest.raises(StaleDraft, match="Ada Reyes approved it on 20 May") as stale:
        approve(draft, manager)
    assert stale.value.draft.status == DraftStatus.APPROVED


def test_an_approval_is_of_the_exact_text_seen() -> None:
    owner = make_user()
    draft = make_draft(owner=owner)
    changed = edit(draft, owner, draft.body.replace("short guide", "guide"))
    with pytest.raises(StaleDraft, match="The text changed"):
        approve(draft, owner)
    assert approve(changed, owner).status == DraftStatus.APPROVED


@pytest.mark.parametrize("channel", [Channel.EMAIL, "all"])
def test_an_opt_out_after_writing_blocks_the_approval(channel: str) -> None:
    owner = make_user()
    contact = make_contact()
    draft = make_draft(contact, owner)
    contacts.suppress(contact=contact, channel=channel, reason=SuppressionReason.OPTED_OUT, at=NOW)
    with pytest.raises(BlockedByGates, match="They opted out"):
        approve(draft, owner)
    draft.refresh_from_db()
    assert draft.status == DraftStatus.AWAITING_REVIEW
    assert draft.findings.filter(fingerprint=draft.fingerprint, gate="consent").exists(), "the screen shows why"


def test_consent_taken_back_blocks_the_approval() -> None:
    owner = make_user()
    contact = make_contact()
    draft = make_draft(contact, owner)
    contacts.record_consent(contact=contact, channel=Channel.EMAIL, status=Consent.NO, source="A call", at=NOW)
    with pytest.raises(BlockedByGates):
        approve(draft, owner)


def test_findings_belong_to_one_text_and_are_not_doubled() -> None:
    owner = make_user()
    draft = make_draft(owner=owner)
    blocked = edit(draft, owner, "Hello Marta,\n\njust checking in.\n\n[[unsubscribe]]")
    for _ in range(2):
        with pytest.raises(BlockedByGates):
            approve(blocked, owner)
    assert blocked.findings.filter(fingerprint=blocked.fingerprint, gate="checking_in").count() == 1
    assert not draft.findings.filter(fingerprint=draft.fingerprint, gate="checking_in").exists()


def test_rekindle_itself_approves_only_what_no_rule_wants_looked_at() -> None:
    with pytest.raises(NotPermitted, match="A person has to look"):
        approve(make_draft(review_reasons=("high_value",)), None)
    draft = approve(make_draft(review_reasons=()), None)
    assert (draft.status, draft.decided_by) == (DraftStatus.APPROVED, None)


def test_a_draft_that_is_gone_is_refused_in_words() -> None:
    with pytest.raises(Refused, match="does not exist"):
        services.approve(draft_id=10**9, fingerprint="x", by=make_user(), now=NOW)


# --- who may ----------------------------------------------------------------------------------------------------------


def test_who_may_decide_and_who_may_only_look() -> None:
    manager = make_user("Account owner")
    team = make_team(manager=manager)
    owner, mate_of_owner = make_user("Account owner", team=team), make_user("Account owner", team=team)
    stranger, everywhere = make_user("Account owner"), make_user("SDR manager")
    draft = make_draft(owner=owner)
    for user, decides, sees in [
        (owner, True, True),
        (manager, True, True),
        (everywhere, True, True),
        (mate_of_owner, False, True),
        (stranger, False, False),
    ]:
        assert (services.review_verdict(draft=draft, by=user, outlook=Verdict()) is None) == decides, user
        assert Draft.objects.visible_to(user).filter(pk=draft.pk).exists() == sees, user
    for refused in (mate_of_owner, stranger):
        with pytest.raises(NotPermitted, match="belongs to a colleague"):
            approve(draft, refused)
        with pytest.raises(NotPermitted):
            edit(draft, refused, "Anything")
        with pytest.raises(NotPermitted):
            services.suppress_draft(draft_id=draft.pk, fingerprint=draft.fingerprint, by=refused, now=NOW, reason="")
    assert approve(draft, manager).decided_by == manager


def test_what_belongs_to_nobody_is_decided_by_any_reviewer_and_by_nobody_else() -> None:
    draft = make_draft(owner=None)
    concierge, reviewer = make_user("Concierge"), make_user("Account owner")
    assert Draft.objects.visible_to(concierge).filter(pk=draft.pk).exists()
    with pytest.raises(NotPermitted, match="not decide"):
        approve(draft, concierge)
    assert approve(draft, reviewer).status == DraftStatus.APPROVED


def test_someone_without_a_team_does_not_see_others_without_a_team() -> None:
    draft = make_draft(owner=make_user("Account owner"))
    assert not Draft.objects.visible_to(make_user("Account owner")).filter(pk=draft.pk).exists()


# --- editing ----------------------------------------------------------------------------------------------------------


def test_an_edit_is_a_new_text_with_its_own_findings() -> None:
    owner = make_user()
    draft = make_draft(owner=owner)
    changed = edit(draft, owner, draft.body + " \r\n", subject="Two\nlines\r\nBcc: all@example.com")
    assert changed.subject == "Two lines Bcc: all@example.com"
    assert changed.status == DraftStatus.AWAITING_REVIEW
    assert changed.fingerprint != draft.fingerprint


def test_an_approved_text_is_not_edited_under_its_approval() -> None:
    owner = make_user()
    draft = make_approved(owner=owner)
    with pytest.raises(StaleDraft):
        edit(draft, owner, "Something else entirely\n\n[[unsubscribe]]")


@pytest.mark.parametrize(
    ("subject", "body", "words"), [("x" * 301, "Text", "301 characters"), ("Hello", " \n", "empty")]
)
def test_a_text_that_cannot_be_kept_is_refused(subject: str, body: str, words: str) -> None:
    owner = make_user()
    with pytest.raises(Refused, match=words):
        edit(make_draft(owner=owner), owner, body, subject)


def test_edit_and_approve_in_one_transaction_leaves_nothing_half_done() -> None:
    owner = make_user()
    draft = make_draft(owner=owner)

    def edit_and_approve() -> None:
        with transaction.atomic():
            approve(edit(draft, owner, "Hello,\n\njust checking in.\n\n[[unsubscribe]]"), owner)

    with pytest.raises(BlockedByGates):
        edit_and_approve()
    draft.refresh_from_db()
    assert "checking in" not in draft.body


# --- giving up --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("give_up", [services.suppress_draft, services.close_out_draft])
def test_giving_up_names_who_and_why_and_happens_once(give_up: Callable[..., Draft]) -> None:
    owner = make_user()
    for draft in (make_draft(owner=owner), make_approved(owner=owner)):
        done = give_up(
            draft_id=draft.pk, fingerprint=draft.fingerprint, by=owner, now=NOW, reason="Met them at the fair"
        )
        assert (done.decided_by, done.status_reason) == (owner, "Met them at the fair")
        assert not Draft.objects.approved_due(NOW).filter(pk=draft.pk).exists()
        with pytest.raises(StaleDraft):
            give_up(draft_id=draft.pk, fingerprint=draft.fingerprint, by=owner, now=NOW, reason="Again")


def test_withdrawing_takes_what_waits_and_leaves_what_is_sent() -> None:
    waiting, approved, sent = make_draft(), make_approved(), make_approved()
    services.deliver_one(sent.pk, NOW)
    ids = [waiting.pk, approved.pk, sent.pk]
    assert services.withdraw(draft_ids=ids, reason="They answered.", now=NOW) == 2
    assert services.withdraw(draft_ids=ids, reason="They answered.", now=NOW) == 0
    assert sorted(Draft.objects.filter(pk__in=ids).values_list("status", flat=True)) == [
        "sent",
        "withdrawn",
        "withdrawn",
    ]


def test_withdrawing_is_a_fixed_number_of_statements(django_assert_num_queries: Any) -> None:
    ids = [make_draft().pk for _ in range(8)]
    with django_assert_num_queries(6):  # savepoint, lock, update, does anything wait for these, audit, release
        services.withdraw(draft_ids=ids, reason="They answered.", now=NOW)


def test_suppressing_what_is_pending_keeps_to_the_channel() -> None:
    contact = make_contact()
    email, sms = make_draft(contact), make_approved(contact, channel=Channel.SMS)
    contacts.suppress(contact=contact, channel=Channel.SMS, reason=SuppressionReason.EXPLICIT_NO, at=NOW)
    assert services.suppress_pending(contact_ids=[contact.pk], now=NOW) == 1
    email.refresh_from_db()
    sms.refresh_from_db()
    assert (email.status, sms.status) == (DraftStatus.AWAITING_REVIEW, DraftStatus.SUPPRESSED)
    assert sms.status_reason == "They said no to SMS on 20 May 2026. Nothing was sent."


# --- templates --------------------------------------------------------------------------------------------------------


def test_shipped_templates_are_there_once() -> None:
    every = [*load(), *load_for_playbooks()]
    assert Template.objects.filter(shipped=True).count() == len(every)
    assert services.install_shipped_templates(shipped=every, now=NOW) == 0


def test_a_wording_a_manager_approved_stays_when_a_shipped_one_changes() -> None:
    manager = make_user("SDR manager")
    first, second, *rest = load()
    theirs = services.new_template_version(template_id=Template.objects.get(key=first.key).pk, by=manager)
    services.approve_template_version(version_id=theirs.pk, by=manager, now=NOW)
    changed = [replace(first, subject="Another subject"), replace(second, body=f"A word more. {second.body}"), *rest]
    assert services.install_shipped_templates(shipped=changed, now=NOW) == 2
    in_use = TemplateVersion.objects.filter(status=TemplateStatus.APPROVED)
    assert in_use.get(template__key=first.key) == theirs
    assert in_use.get(template__key=second.key).body.startswith("A word more.")


def test_approving_a_wording_tries_it_on_an_example_first() -> None:
    manager, owner = make_user("SDR manager"), make_user("Account owner")
    template = Template.objects.filter(channel=Channel.EMAIL).first()
    assert template is not None
    version = services.new_template_version(template_id=template.pk, by=manager)
    with pytest.raises(NotPermitted):
        services.approve_template_version(version_id=version.pk, by=owner, now=NOW)
    TemplateVersion.objects.filter(pk=version.pk).update(body="Just checking in.\n\n[[unsubscribe]]")
    with pytest.raises(BlockedByGates):
        services.approve_template_version(version_id=version.pk, by=manager, now=NOW)
    TemplateVersion.objects.filter(pk=version.pk).update(body="Hello {nobody_knows},\n\n[[unsubscribe]]")
    with pytest.raises(Refused, match="no value for nobody_knows"):
        services.approve_template_version(version_id=version.pk, by=manager, now=NOW)
    assert template.versions.filter(status=TemplateStatus.APPROVED).exclude(pk=version.pk).count() == 1


def test_every_shipped_wording_passes_its_own_example() -> None:
    for version in TemplateVersion.objects.filter(status=TemplateStatus.APPROVED).select_related("template"):
        findings = services.try_out(template=version.template, version=version, now=NOW).findings
        assert [one for one in findings if one.severity == "block"] == [], version.template.key
