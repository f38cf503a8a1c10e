"""In whose name messages leave, and what a brand lacks."""

from __future__ import annotations

import pytest
from pytest_django import Settings

from outreach.brands import SenderIdentity, brand_of, brand_of_template, problems
from outreach.models import Brand, Draft, Template
from outreach.services import library, store_draft, write
from tests.outreach.world import NOW, make_contact, make_draft, request_for

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def site(settings: Settings) -> None:
    settings.FROM_EMAIL = "The studio <team@studio.example>"
    settings.POSTAL_ADDRESS = "1 Ember Street,\nBristol"


def other(**fields: str) -> Brand:
    return Brand.objects.create(key="other", name="Northern Line", **fields)


def test_the_settings_fill_what_the_default_brand_leaves_empty() -> None:
    draft = make_draft()
    assert brand_of(draft) == SenderIdentity("The studio", "team@studio.example", "1 Ember Street, Bristol", "")
    Brand.objects.filter(is_default=True).update(from_name="Ada", from_email="ada@studio.example", sms_sender="+4477")
    assert brand_of(draft) == SenderIdentity("Ada", "ada@studio.example", "1 Ember Street, Bristol", "+4477")
    Brand.objects.filter(is_default=True).update(postal_address="2 New Street")
    assert brand_of(draft).postal_address == "2 New Street"


def test_another_brand_has_a_name_and_a_postal_address_of_its_own() -> None:
    draft = make_draft()
    Draft.objects.filter(pk=draft.pk).update(brand=other())
    draft.refresh_from_db()
    assert brand_of(draft) == SenderIdentity("Northern Line", "team@studio.example", "", "")
    template = Template(brand=draft.brand)
    assert brand_of_template(template) == brand_of(draft)
    assert brand_of(draft).domain == "studio.example"


def test_without_any_brand_the_settings_hold() -> None:
    draft = make_draft()
    Brand.objects.all().delete()
    assert brand_of(draft) == SenderIdentity("The studio", "team@studio.example", "1 Ember Street, Bristol", "")


@pytest.mark.parametrize(
    ("fields", "setting", "channel", "words"),
    [
        ({"postal_address": "2 New Street"}, {}, "email", []),
        ({}, {}, "email", ["has no postal address"]),
        ({}, {}, "sms", ["has no postal address"]),
        ({"postal_address": "2 New Street"}, {"FROM_EMAIL": ""}, "email", ["no address that messages come from"]),
        ({"postal_address": "2 New Street"}, {"FROM_EMAIL": ""}, "sms", []),
        ({"postal_address": "2 New Street", "from_email": "nobody"}, {}, "email", ["which is no e-mail address"]),
        # In a folder nothing leaves; a mail server would carry it out into the world.
        ({"postal_address": "x"}, {"EMAIL_URL": "smtp://localhost"}, "email", ["studio.example, which nobody can own"]),
        ({"postal_address": "x", "from_email": "a@ours.com"}, {"EMAIL_URL": "smtp://localhost"}, "email", []),
        ({"from_email": "a@x.test"}, {"EMAIL_URL": "smtp://localhost"}, "email", ["postal", "x.test, which nobody"]),
    ],
)
def test_what_a_brand_lacks_is_said(
    settings: Settings, fields: dict[str, str], setting: dict[str, str], channel: str, words: list[str]
) -> None:
    for name, value in setting.items():
        setattr(settings, name, value)
    said = problems(other(**fields), channel=channel)
    assert len(said) == len(words), said
    assert all(word in one for word, one in zip(words, said, strict=True)), said


def test_the_default_brand_lacks_what_the_settings_lack(settings: Settings) -> None:
    brand = Brand.objects.get(is_default=True)
    assert problems(brand) == problems(None) == []
    settings.POSTAL_ADDRESS = ""
    assert ["set POSTAL_ADDRESS" in one for one in problems(brand)] == [True]


def test_a_draft_speaks_in_the_name_and_about_the_topic_of_its_template() -> None:
    template = Template.objects.get(key="close-loop-email")
    template.brand = other()
    template.save()
    contact = make_contact()
    request = request_for(
        contact, None, angle="close_loop", reason_kind="", kind="close_loop", template_key=template.key
    )
    draft = store_draft(request=request, written=write(library=library(), request=request), now=NOW)
    assert template.topic is not None
    assert (draft.brand, draft.topic) == (template.brand, template.topic)
