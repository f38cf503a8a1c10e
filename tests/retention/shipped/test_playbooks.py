"""The shipped playbooks are there as drafts, nothing is wrong with them, and they go together."""

from __future__ import annotations

import pytest
from django.conf import settings

from outreach.rendering import placeholders
from outreach.services.templates import SAMPLE_VALUES
from outreach.shipped import load_for_playbooks
from retention.models import Playbook, PlaybookVersion
from retention.rules.playbooks.checks import Grade
from retention.services.playbooks.checking import problems_of
from retention.services.playbooks.files import export_playbook, import_playbook
from retention.shipped import texts
from retention.states import ModelStatus, PlaybookTrigger
from tests.factories import make_user

pytestmark = pytest.mark.django_db

OF_PLAYBOOKS = {name for one in load_for_playbooks() for name in placeholders(f"{one.subject} {one.body}")}

SEED = {
    # name: (step's channel, earliest hour, latest hour), as the seed's sections 4, 5 and 8 have them
    "soft-nudge": [("sms", 0, 24), ("email", 48, 96)],
    "product-value-highlight": [("email", 0, 24), ("push", 48, 120)],
    "education-drip": [("email", 0, 24), ("email", 120, 144), ("email", 240, 264)],
    "friction-removal": [("sms", 0, 4), ("email", 24, 48), ("call", 84, 132)],
    "social-proof": [("push", 0, 24), ("email", 24, 96)],
    "last-resort-offer": [("email", 0, 24), ("email", 120, 192), ("call", 240, 336)],
    "studio-rebook": [("sms", 0, 8), ("email", 36, 60), ("push", 120, 144), ("call", 240, 288)],
    "usage-nudge": [("best", 0, 48), ("email", 168, 240)],
    "resolution-flow": [("sms", 0, 12), ("email", 24, 60), ("call", 108, 156)],
    "value-summary": [("email", 0, 48), ("in_app", 96, 192)],
    "recognition": [("best", 0, 72)],
    "community": [("email", 0, 48), ("push", 96, 168)],
    "birthday": [("sms", 0, 24), ("email", 36, 84)],
}


def shipped() -> dict[str, PlaybookVersion]:
    found = PlaybookVersion.objects.filter(playbook__shipped=True).select_related("playbook", "experiment")
    return {one.playbook.name: one for one in found}


def test_each_is_a_draft_with_the_times_of_the_seed_and_nothing_is_wrong_with_it() -> None:
    versions = shipped()
    assert versions.keys() == SEED.keys()
    assert len(texts()) == len(SEED)
    assert {one.status for one in versions.values()} == {ModelStatus.DRAFT.value}
    for name, version in versions.items():
        steps = version.steps.values_list("channel", "earliest_hours", "latest_hours")
        assert list(steps) == SEED[name], name
        found = problems_of(version)
        assert [one.said for one in found if one.grade != Grade.NOTE] == [], name
        # Where nobody has time for calls, and what comes after others that are not in force, is said and hinders not.
        notes = [one.sentence for one in found if "time for calls" not in one.sentence]
        assert all(one.startswith("Nobody goes through") for one in notes), (name, notes)
        assert version.experiment.holdout_percent == 12
        assert 30 <= version.experiment.window_days <= 45
        assert version.playbook.description
        assert version.uplift_source
        assert version.pilot_most


def test_together_they_take_the_most_pressing_matter_first() -> None:
    versions = shipped()
    by_priority = sorted(versions, key=lambda name: -versions[name].priority)
    assert len({one.priority for one in versions.values()}) == len(versions)
    assert by_priority[:3] == ["friction-removal", "studio-rebook", "resolution-flow"]
    # The offer comes when nothing else fits, and only after something else was tried in vain.
    assert by_priority[-1] == "last-resort-offer"
    assert versions["last-resort-offer"].after_playbooks.count() == 6
    assert [name for name, one in versions.items() if one.urgent] == ["friction-removal"]
    # Whoever has an open payment or matter gets no nudge, whichever began first.
    for name in set(versions) - {"friction-removal", "resolution-flow"}:
        assert "friction-removal" in versions[name].excluded_playbooks.values_list("name", flat=True), name
    assert versions["birthday"].trigger == PlaybookTrigger.BIRTHDAY
    assert versions["birthday"].days_before == 7


def test_an_exported_one_is_the_file_it_came_from() -> None:
    from retention.rules.playbooks.files import PlaybookFile, read_playbook_file

    for text in texts().values():
        file = read_playbook_file(text)
        assert isinstance(file, PlaybookFile)
        again = read_playbook_file(export_playbook(shipped()[file.name]))
        assert isinstance(again, PlaybookFile)
        assert again.values.items() >= file.values.items()
        assert {name: set(links) for name, links in again.links.items()} == {
            name: set(links) for name, links in file.links.items()
        }
        assert len(again.steps) == len(file.steps)
    assert Playbook.objects.filter(shipped=True, owner=None).count() == len(SEED)


def test_the_page_about_playbooks_says_what_is_shipped_and_its_example_can_be_imported() -> None:
    page = (settings.BASE_DIR / "docs" / "playbooks.md").read_text("utf-8")
    for name, version in shipped().items():
        assert f"| {version.playbook.title} `{name}` | {version.priority}" in page, name
    assert all(f"| `{placeholder}` |" in page for placeholder in SAMPLE_VALUES.keys() & OF_PLAYBOOKS)
    example = page.partition("```toml\n")[2].partition("```")[0]
    version = import_playbook(text=example, by=make_user("Retention manager"))
    assert [one.said for one in problems_of(version) if one.grade != Grade.NOTE] == []
