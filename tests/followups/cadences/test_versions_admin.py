"""The page of a version: said in words before saving, two people at once, clone, files, retire."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from followups import services
from followups.models import Cadence, CadenceVersion, Lead
from outreach.models import Template, TemplateVersion
from staff.models import AuditEntry, User
from tests.factories import make_user
from tests.followups.making import NOW, make_lead
from tests.followups.test_admin import address, form_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(client: Client) -> User:
    user = make_user("SDR manager", is_staff=True, name="Vera Lang")
    client.force_login(user)
    return user


def clone(name: str = "central", **changes: Any) -> CadenceVersion:
    return services.clone_cadence(base=services.published_version(), name=name, changes=changes, by=None)


def at(name: str, *arguments: Any) -> str:
    return reverse(f"admin:followups_{name}", args=arguments)


def test_whom_it_is_for_is_saved_as_it_is_meant(client: Client, manager: User) -> None:
    lead = make_lead(territory="Central", source="fair", stage="new")
    Lead.objects.filter(pk=lead.pk).update(tags=["VIP"])
    make_lead(territory="central", stage="won")
    version = clone()
    assert "used only when somebody names it" in client.get(address(version)).content.decode()
    given = {
        "segment_stages": ["new", "proposal"],
        "segment_territories": " Central ,, central",
        "segment_tags": "vip",
        "segment_value_from": "",
        "recycle_after_days": 60,
    }
    assert client.post(address(version), form_of(version, **given)).status_code == 302
    version.refresh_from_db()
    assert version.segment_stages == ["new", "proposal"]
    assert (version.segment_territories, version.segment_tags) == (["Central"], ["vip"])
    assert (version.segment_value_from, version.recycle_after_days, version.revision) == (None, 60, 1)
    page = client.get(address(version)).content.decode()
    assert "Leads in stage new or proposal, in territory Central, tagged vip. That is 1 open lead now." in page
    assert "Seen lately: Central, central." in page
    assert "Close-loop language" in page


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"segment_territories": "Centrall"}, "No lead has the territory “Centrall”. Look at how it is written."),
        ({"segment_tags": "x" * 61}, "is too long. Use at most 60 characters."),
        ({"segment_value_from": 5, "segment_value_below": 5}, "This must be more than the value that the segment"),
        ({"segment_stages": ["won"]}, "won is not one of the available choices"),
        ({"recycle_after_days": 90, "recycle_most": 9}, "Without a limit a lead would come back for ever."),
        ({"recycle_after_days": 3}, "A lead that is put off comes back later than the next message would."),
        ({"nurture_every_days": 4}, "Nurture is slower than following up."),
        ({"segment_territories": "East"}, "east v1 is for some of the same leads: those in territory East."),
        ({"wait_no_reply": ""}, "This field is required."),
    ],
)
def test_what_is_wrong_stands_at_its_place(
    client: Client, manager: User, change: dict[str, Any], sentence: str
) -> None:
    make_lead(territory="East")
    services.publish_version(version=clone("east", segment_territories=["east"]), by=None, now=NOW)
    version = clone()
    answer = client.post(address(version), form_of(version, **change))
    assert answer.status_code == 200
    assert sentence in answer.content.decode().replace("&#x27;", "'")
    assert "is violated" not in answer.content.decode()
    unchanged = CadenceVersion.objects.get(pk=version.pk)
    assert (unchanged.revision, unchanged.segment_territories) == (0, [])


def test_a_segment_for_leads_to_come_is_saved_when_that_is_meant(client: Client, manager: User) -> None:
    version = clone()
    given = {"segment_territories": "Mars", "leads_to_come": "on"}
    assert client.post(address(version), form_of(version, **given)).status_code == 302
    version.refresh_from_db()
    assert version.segment_territories == ["Mars"]


def test_a_retired_template_on_a_step_is_said_at_the_step(client: Client, manager: User) -> None:
    template = Template.objects.create(key="old", name="Old words", channel="email", angle="close_loop")
    TemplateVersion.objects.create(template=template, number=1, status="retired", body="Bye", approved_at=NOW)
    version = clone()
    page = client.post(address(version), form_of(version, **{"steps-2-template": template.pk})).content.decode()
    said = "Step 3: The wording of “Old words” is retired. Approve a version of it, choose another one"
    assert page.count(said) == 2, "at the top of a long page, and at the step"


def test_of_two_people_with_one_draft_the_second_is_told_and_loses_nothing(client: Client, manager: User) -> None:
    version = clone()
    theirs, mine = form_of(version, max_days=30), form_of(version, max_days=60, min_gap_days=6)
    client.post(address(version), theirs)
    other = Client()
    other.force_login(make_user("SDR manager", is_staff=True))
    page = other.post(address(version), mine).content.decode()
    assert "Vera Lang saved this draft on" in page
    assert "What you have here differs from that in:" in page
    assert "most days of silence" in page
    assert 'name="max_days" value="60"' in page
    version.refresh_from_db()
    assert (version.max_days, version.revision) == (30, 1)
    assert 'name="seen_revision" value="1"' in page
    # Saving again, after having read that, is meant.
    assert other.post(address(version), {**mine, "seen_revision": 1}).status_code == 302
    version.refresh_from_db()
    assert (version.max_days, version.revision) == (60, 2)


@pytest.mark.trial
def test_what_is_typed_while_a_draft_is_published_is_refused_and_stays(client: Client, manager: User) -> None:
    version = clone()
    mine = form_of(version, max_days=77, _publish="1", **{"steps-0-word_limit": 85})
    services.publish_version(version=version, by=None, now=NOW)
    page = client.post(address(version), mine).content.decode()
    assert "central v1 is published since you opened it, and stays as it is." in page
    assert 'name="max_days" value="77"' in page
    assert 'name="steps-0-word_limit" value="85"' in page
    version.refresh_from_db()
    assert (version.max_days, version.steps.get(position=1).word_limit) == (45, 90)


@pytest.mark.trial
def test_steps_that_somebody_else_added_are_not_overlooked(client: Client, manager: User) -> None:
    version = clone()
    data = form_of(version)
    version.steps.create(position=4, angle="remind", word_limit=10, pressure=1)
    page = client.post(address(version), data).content.decode()
    assert "Somebody else added or removed a step" in page


def test_the_default_is_told_to_stay_for_everybody(client: Client, manager: User) -> None:
    version = services.new_draft_version(cadence=Cadence.objects.get(name="default"), by=None)
    page = client.post(address(version), form_of(version, segment_stages=["new"])).content.decode()
    assert "The default is for everybody whom no other cadence is for." in page


def test_a_whole_cadence_is_cloned(client: Client, manager: User) -> None:
    base = services.published_version()
    page = at("cadenceversion_clone", base.pk)
    assert page in client.get(address(base)).content.decode()
    assert client.get(page).status_code == 200
    answer = client.post(page, {"name": "big-deals", "description": "Large ones"})
    copy = CadenceVersion.objects.get(cadence__name="big-deals")
    assert answer["Location"] == address(copy)
    assert (copy.status, copy.steps.count(), copy.cadence.description) == ("draft", 3, "Large ones")
    assert AuditEntry.objects.filter(action="followups.clone_cadence", actor=manager).exists()
    again = client.post(page, {"name": "big-deals"}).content.decode()
    assert "There is a cadence called “big-deals” already. Choose another name." in again


def test_a_version_goes_out_and_comes_in_as_a_file(client: Client, manager: User) -> None:
    version = services.published_version()
    file = client.get(at("cadenceversion_file", version.pk))
    assert file["Content-Disposition"] == 'attachment; filename="default-v1.json"'
    upload = at("cadence_import")
    assert upload in client.get(at("cadence_changelist")).content.decode()
    assert client.get(upload).status_code == 200

    def bring(content: bytes, name: str = "copy") -> str:
        body = BytesIO(content)
        body.name = "c.json"
        return client.post(upload, {"file": body, "name": name}, follow=True).content.decode()

    assert "v1 is a draft now." in bring(file.content)
    copy = CadenceVersion.objects.get(cadence__name="copy")
    assert services.cadence_as_file(copy) == file.content.decode().replace('"name": "default"', '"name": "copy"')
    assert "has a draft already" in bring(file.content)
    wrong = file.content.replace(b'"word_limit": 60', b'"word_limit": 600')
    assert "steps.2.word_limit: A later message must not be longer. Use 90 words or fewer." in bring(wrong, "wrong")
    assert "This is not text in UTF-8." in bring(b"\xff\xfe\x00", "wrong")
    assert "This is larger than 1 MB." in bring(b" " * 1_000_001, "wrong")
    assert not Cadence.objects.filter(name="wrong").exists()


def test_a_cadence_is_retired_from_its_page(client: Client, manager: User) -> None:
    version = services.publish_version(version=clone(segment_stages=["new"]), by=None, now=NOW)
    retire = at("cadenceversion_retire", version.pk)
    assert retire in client.get(address(version)).content.decode()
    assert "is retired. Sequences under way go on" in client.post(retire, follow=True).content.decode()
    assert services.segmented_versions() == []
    default = services.published_version()
    assert at("cadenceversion_retire", default.pk) not in client.get(address(default)).content.decode()
    data = {"action": "retire", "_selected_action": [default.pk, version.pk]}
    page = client.post(at("cadenceversion_changelist"), data, follow=True).content.decode()
    assert "Publish another version of it." in page
    assert "Only a published version can be retired." in page


def test_a_draft_can_be_simulated_from_its_page(client: Client, manager: User) -> None:
    version = clone()
    page = client.get(address(version)).content.decode()
    assert f'<input type="hidden" name="version" value="{version.pk}">' in page
    assert f'action="{reverse("followups:simulate")}"' in page


def test_who_only_reads_cannot_clone_import_or_retire(client: Client) -> None:
    reader = make_user(is_staff=True)
    reader.user_permissions.set(
        Permission.objects.filter(codename__in=["view_cadence", "view_cadenceversion", "change_cadenceversion"])
    )
    client.force_login(reader)
    version = clone()
    assert client.get(at("cadenceversion_file", version.pk)).status_code == 200
    for page in (at("cadenceversion_clone", version.pk), at("cadence_import"), at("cadenceversion_retire", version.pk)):
        assert client.post(page, {"name": "x"}).status_code == 403
    client.force_login(make_user(is_staff=True))
    assert client.get(at("cadenceversion_file", version.pk)).status_code == 403
    assert client.get(at("cadenceversion_file", 999_999)).status_code == 403


def test_who_published_it_is_a_link_only_for_who_may_look_at_people(client: Client, manager: User) -> None:
    services.publish_version(version=clone(), by=manager, now=NOW)
    cadence = Cadence.objects.get(name="central")
    to_people = reverse("admin:staff_user_change", args=[manager.pk])
    for page in (address(cadence.versions.get()), at("cadence_change", cadence.pk)):
        shown = client.get(page).content.decode()
        assert "Vera Lang</div>" in shown or "<p>Vera Lang</p>" in shown
        assert to_people not in shown
    client.force_login(make_user(is_superuser=True, is_staff=True))
    assert f'<a href="{to_people}">Vera Lang</a>' in client.get(address(cadence.versions.get())).content.decode()
