"""Publishing, retiring, bringing in: what stands against it besides the rules of the cadence itself."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from followups import services
from followups.models import Cadence, CadenceVersion
from outreach.models import Template, TemplateVersion
from staff.models import AuditEntry
from tests.factories import make_user
from tests.followups.making import NOW, make_lead, swept

pytestmark = pytest.mark.django_db


def clone(name: str, **changes: Any) -> CadenceVersion:
    return services.clone_cadence(base=services.published_version(), name=name, changes=changes, by=None)


def publish(version: CadenceVersion) -> CadenceVersion:
    return services.publish_version(version=version, by=None, now=NOW)


def refused(version: CadenceVersion) -> list[tuple[str, str]]:
    with pytest.raises(services.CadenceHasProblems) as why:
        publish(version)
    assert CadenceVersion.objects.get(pk=version.pk).status == "draft"
    return [(problem.place, problem.sentence) for problem in why.value.problems]


def test_two_cadences_for_the_same_leads_are_refused_with_both_named() -> None:
    publish(clone("central", segment_territories=["Central"], segment_stages=["proposal", "new"]))
    other = clone("proposals", segment_stages=["proposal"], segment_tags=["vip"])
    [(place, sentence)] = refused(other)
    assert place == "segment"
    assert "central v1 is for some of the same leads: those in stage proposal, in territory Central" in sentence
    assert "Tags do not part them" in sentence
    publish(clone("east", segment_territories=["East"]))
    publish(clone("by-name-only"))


def test_the_next_version_of_a_cadence_may_keep_its_segment() -> None:
    first = publish(clone("central", segment_territories=["Central"]))
    publish(services.new_draft_version(cadence=first.cadence, by=None))
    assert [version.number for version in services.segmented_versions()] == [2]


def test_the_default_is_for_the_others_and_has_no_segment() -> None:
    draft = services.new_draft_version(cadence=Cadence.objects.get(name="default"), by=None)
    CadenceVersion.objects.filter(pk=draft.pk).update(segment_territories=["Central"])
    [(place, sentence)] = refused(draft)
    assert (place, "clone the cadence" in sentence) == ("segment", True)


@pytest.mark.parametrize(
    ("key", "status", "sentence"),
    [
        ("mail-remind", "approved", ""),
        ("mail-remind", "retired", "The wording of “Ours” is retired. Approve a version of it"),
        ("mail-remind", "draft", "The wording of “Ours” is not approved."),
        ("push-remind", "approved", "“Ours” is written for push. Choose one for email or sms."),
        ("mail-close_loop", "approved", "“Ours” does not suit this step, which needs a message that closes nothing."),
    ],
)
def test_a_step_needs_a_template_that_can_be_used(key: str, status: str, sentence: str) -> None:
    channel, angle = {"mail": "email"}.get(key.split("-")[0], key.split("-")[0]), key.split("-")[1]
    template = Template.objects.create(key=f"ours-{key}", name="Ours", channel=channel, angle=angle)
    TemplateVersion.objects.create(
        template=template, number=1, status=status, body="Hello", approved_at=None if status == "draft" else NOW
    )
    draft = clone("ours")
    draft.steps.filter(position=1).update(template=template)
    if not sentence:
        publish(draft)
        return
    [(place, said)] = refused(draft)
    assert place == "steps.1.template"
    assert sentence in said


def test_a_step_without_a_template_needs_an_angle_that_some_wording_has() -> None:
    draft = clone("ours")
    draft.steps.filter(position=1).update(angle="remnid")
    draft.steps.filter(position=2).update(angle="another angle")
    draft.steps.filter(position=3).update(angle="say_goodbye")
    (first, said), (last, closing) = refused(draft)
    assert (first, last) == ("steps.1.angle", "steps.3.angle")
    assert "No approved template for E-mail or SMS has the angle “remnid”" in said
    assert "Use “another_angle” or “remind”, approve" in said
    assert "Use “close_loop”, approve a template with this angle, or choose a template for the step." in closing
    template = Template.objects.create(key="bye", name="Bye", channel="email", angle="close_loop")
    TemplateVersion.objects.create(template=template, number=1, status="approved", body="Bye", approved_at=NOW)
    draft.steps.filter(position=3).update(template=template)
    draft.steps.filter(position=1).update(angle="remind", channel="push")
    said = dict(refused(draft))["steps.1.angle"]
    assert "for Push has the angle “remind”" in said
    assert "Approve a template with this angle" in said
    draft.steps.filter(position=1).update(channel="")
    publish(draft)


def test_retiring_leaves_the_leads_to_the_default() -> None:
    version = publish(clone("central", segment_territories=["Central"]))
    before, after = make_lead(territory="Central"), make_lead(territory="Central", quote_sent_on=None)
    swept(lead_ids=[before.pk])
    assert before.sequences.get().cadence_version == version
    by = make_user()
    services.retire_version(version=version, by=by)
    assert services.segmented_versions() == []
    assert AuditEntry.objects.filter(action="followups.retire_version", actor=by, object_id=str(version.pk)).exists()
    swept()
    assert before.decisions.latest("id").cadence_version == version, "a sequence under way keeps its version"
    assert after.decisions.latest("id").cadence_version == services.published_version()
    with pytest.raises(services.Refused, match="Only a published version"):
        services.retire_version(version=version, by=by)
    with pytest.raises(services.Refused, match="for everybody"):
        services.retire_version(version=services.published_version(), by=by)


def test_of_two_saves_from_one_revision_the_second_is_refused() -> None:
    draft = clone("ours")
    assert services.claim_draft(version=draft, revision=0) == 1
    with pytest.raises(services.StaleDraft):
        services.claim_draft(version=draft, revision=0)
    publish(draft)
    with pytest.raises(services.StaleDraft):
        services.claim_draft(version=draft, revision=1)


# --- files --------------------------------------------------------------------------------------------------------


def test_a_cadence_goes_out_and_comes_in_the_same(tmp_path: Path) -> None:
    version = clone("central", segment_territories=["Central"], segment_value_from=1000, recycle_after_days=60)
    version.steps.filter(position=3).update(template=Template.objects.filter(angle="close_loop").first())
    publish(version)
    file = tmp_path / "central.json"
    call_command("export_cadence", "central", str(file), stderr=io.StringIO())
    out = io.StringIO()
    call_command("import_cadence", str(file), "--name", "again", stdout=out)
    assert out.getvalue() == "again v1 is a draft now. Publish it in the admin.\n"
    again = CadenceVersion.objects.get(cadence__name="again")
    assert services.cadence_as_file(again) == file.read_text().replace('"name": "central"', '"name": "again"')
    call_command("import_cadence", str(file), stdout=io.StringIO())
    screen = io.StringIO()
    call_command("export_cadence", "central", "--version", "2", stdout=screen)
    assert screen.getvalue() == file.read_text()
    with pytest.raises(CommandError, match="has a draft already"):
        call_command("import_cadence", str(file), stdout=io.StringIO())
    assert AuditEntry.objects.filter(action="followups.import_cadence").count() == 2


def test_a_file_with_anything_unknown_makes_nothing(tmp_path: Path) -> None:
    content = json.loads(services.cadence_as_file(services.published_version()))
    content |= {"name": "odd"}
    content["steps"][0] |= {"template": "nowhere"}
    file = tmp_path / "odd.json"
    file.write_text(json.dumps(content))
    with pytest.raises(CommandError, match=r"steps\.1\.template: There is no template “nowhere” here"):
        call_command("import_cadence", str(file))
    file.write_text(json.dumps(content | {"max_dayz": 1}))
    with pytest.raises(CommandError, match="max_dayz: This is not known here"):
        call_command("import_cadence", str(file))
    with pytest.raises(CommandError, match="could not be read"):
        call_command("import_cadence", str(tmp_path / "none.json"))
    assert not Cadence.objects.filter(name="odd").exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nobody"], "no published cadence"),
        (["nobody", "--version", "1"], "no cadence of that name"),
        (["default", "--version", "9"], "It has: 1"),
        (["default", "/nowhere/at/all.json"], "could not be written"),
    ],
)
def test_what_cannot_be_exported_is_said(arguments: list[str], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        call_command("export_cadence", *arguments)


def test_a_clone_for_a_segment_is_made_by_command() -> None:
    changes = ["segment_territories=Central, East", "segment_value_from=2500.50", "recycle_after_days=90"]
    given = [part for change in changes for part in ("--set", change)]
    call_command("clone_cadence", "default", "central", *given, "--publish", stdout=io.StringIO())
    version = services.published_version("central")
    assert version.segment_territories == ["Central", "East"]
    assert (str(version.segment_value_from), version.recycle_after_days) == ("2500.50", 90)
    for name in ("two words", "", "x" * 61, "ä"):
        with pytest.raises(services.Refused, match="letters, digits"):
            clone(name)
