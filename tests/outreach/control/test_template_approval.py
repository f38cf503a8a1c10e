"""A template nobody may send cannot be approved, and says before anybody tries what it lacks."""

from __future__ import annotations

import html

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from outreach import services
from outreach.models import Brand, Template, TemplateVersion
from outreach.services.templates import SENDER, try_out
from outreach.states import Severity, TemplateStatus
from staff.models import AuditEntry
from tests.factories import make_user
from tests.outreach.world import NOW

pytestmark = pytest.mark.django_db
STOP_LINE = "Stop these e-mails here: [[unsubscribe]]"


def draft_of(key: str = "close-loop-email", **wording: str) -> TemplateVersion:
    template = Template.objects.get(key=key)
    version = services.new_template_version(template_id=template.pk, by=make_user(is_superuser=True))
    TemplateVersion.objects.filter(pk=version.pk).update(**wording)
    return TemplateVersion.objects.select_related("template").get(pk=version.pk)


def refused(version: TemplateVersion) -> str:
    """Why it cannot be approved. What is said before somebody tries is the same."""
    with pytest.raises(services.Refused) as told:
        services.approve_template_version(version_id=version.pk, by=make_user("SDR manager"), now=NOW)
    version.refresh_from_db()
    assert version.status == TemplateStatus.DRAFT
    assert not AuditEntry.objects.filter(action="outreach.approve_template").exists()
    said = services.against_approval(version=version, now=NOW)
    assert told.value.sentence in " ".join(said)
    return told.value.sentence


def test_what_lacks_nothing_is_approved() -> None:
    version = draft_of()
    assert services.against_approval(version=version, now=NOW) == []
    by = make_user("SDR manager")
    assert services.approve_template_version(version_id=version.pk, by=by, now=NOW).status == TemplateStatus.APPROVED


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("Hello {first_name|},\n\nyour notes are kept.\n\n{sender_name}", "unsubscribe line is missing"),
        (f"{STOP_LINE}\n\nHello {{first_name|}}, your notes are kept.", "unsubscribe line is missing"),
        (f"Hello,\n\nyour notes are kept.\n\n{STOP_LINE}\n\nP.S. One more thing.", "as the last line"),
    ],
)
def test_an_e_mail_ends_with_the_way_to_stop(body: str, words: str) -> None:
    assert words in refused(draft_of(body=body))


def test_a_text_message_names_stop() -> None:
    key = Template.objects.filter(channel="sms").values_list("key", flat=True)[0]
    version = draft_of(key)
    assert services.against_approval(version=version, now=NOW) == []
    version.body = version.body.replace("STOP", "no")
    version.save()
    assert "Reply STOP" in refused(version)


def test_a_brand_without_a_postal_address_or_a_sender_sends_nothing(settings: Settings) -> None:
    version = draft_of()
    template = version.template
    template.brand = Brand.objects.create(key="north", name="Northern Line")
    template.save()
    settings.FROM_EMAIL = ""
    said = refused(version)
    assert "Northern Line has no postal address" in said
    assert "Northern Line has no address that messages come from" in said
    findings = [one for one in try_out(template=template, version=version, now=NOW).findings if one.gate == SENDER]
    assert [one.severity for one in findings] == [Severity.BLOCK] * 2
    Brand.objects.filter(pk=template.brand.pk).update(postal_address="2 New Street", from_email="hello@north.example")
    fresh = TemplateVersion.objects.select_related("template__brand").get(pk=version.pk)
    assert services.against_approval(version=fresh, now=NOW) == []


def test_the_default_brand_needs_them_too(settings: Settings) -> None:
    settings.POSTAL_ADDRESS = " "
    assert "Our team has no postal address" in refused(draft_of())


def test_without_a_subject_or_with_an_unknown_value_both_are_said() -> None:
    said = refused(draft_of(subject=" ", body=f"Hello {{colour}}.\n\n{STOP_LINE}"))
    assert "There is no value for colour" in said
    assert "An e-mail needs a subject" in said


def test_the_page_of_a_version_says_what_stands_against_it(client: Client) -> None:
    client.force_login(make_user("SDR manager", is_staff=True))
    version = draft_of()
    url = reverse("admin:outreach_templateversion_change", args=[version.pk])
    assert "Nothing. It can be approved." in client.get(url).content.decode()
    TemplateVersion.objects.filter(pk=version.pk).update(body="Your notes are kept.", subject="")
    text = html.unescape(client.get(url).content.decode())
    assert "<p>An e-mail needs a subject. Write one.</p>" in text
    assert "<p>The unsubscribe line is missing." in text
    in_use = version.template.versions.get(status=TemplateStatus.APPROVED)
    text = client.get(reverse("admin:outreach_templateversion_change", args=[in_use.pk])).content.decode()
    assert "It was decided on." in text
