"""Playbooks in the admin: a draft is saved whole or not at all, and every refusal stands in words on the form."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from retention.models import Experiment, Playbook, PlaybookVersion
from retention.rules.playbooks.files import EXPERIMENT_FIELDS, LINKS, STEP_FIELDS, VERSION_FIELDS
from retention.services import playbooks
from retention.states import ModelStatus
from staff.models import AuditEntry, User
from staff.states import Role
from tests.factories import make_user
from tests.retention.playbooks.making import approved, drafted, put_in_force

pytestmark = pytest.mark.django_db

LIST = "admin:retention_playbookversion_changelist"
_ARRAYS = ("reasons_any", "reasons_all", "plans", "tiers", "milestones", "excluded_plans", "excluded_tiers")


@pytest.fixture
def manager(client: Client) -> User:
    user = make_user(Role.RETENTION_MANAGER, is_staff=True)
    client.force_login(user)
    return user


def address(version: PlaybookVersion) -> str:
    return reverse("admin:retention_playbookversion_change", args=[version.pk])


def form_of(version: PlaybookVersion, **changes: Any) -> dict[str, Any]:
    """What the browser sends for this version, changed where asked: `steps-0-latest_hours` and the like."""
    data: dict[str, Any] = {name: getattr(version, name) for name in VERSION_FIELDS}
    data |= {name: ",".join(map(str, data[name])) for name in _ARRAYS}
    data |= {name: [one.pk for one in getattr(version, name).all()] for name in LINKS}
    data["seen"] = playbooks.fingerprint(version)
    if not data["urgent"]:
        del data["urgent"]
    rows = list(version.steps.all())
    experiment = Experiment.objects.filter(version=version).first()
    data |= {"steps-TOTAL_FORMS": len(rows), "steps-INITIAL_FORMS": len(rows)}
    data |= {"experiment-TOTAL_FORMS": 1, "experiment-INITIAL_FORMS": int(experiment is not None)}
    for number, row in enumerate(rows):
        data |= {f"steps-{number}-{name}": getattr(row, name) for name in ("id", "position", *STEP_FIELDS)}
    design = experiment or Experiment()
    data |= {f"experiment-0-{name}": getattr(design, name) for name in EXPERIMENT_FIELDS if name != "staggered"}
    if experiment is not None:
        data["experiment-0-id"] = experiment.pk
    return {name: "" if value is None else value for name, value in {**data, **changes}.items()}


def test_a_draft_is_saved_as_a_whole_and_audited(client: Client, manager: User) -> None:
    version = drafted()
    other = drafted().playbook
    assert client.get(address(version)).status_code == 200
    more = {"steps-2-position": 3, "steps-2-name": "They call", "steps-2-purpose": "human", "steps-2-channel": "call"}
    more |= {"steps-2-earliest_hours": 240, "steps-2-latest_hours": 288, "steps-2-audience": "high_value"}
    more |= {"steps-2-condition": "still_inactive", "steps-2-review": "when_asked", "steps-2-script": "Ask."}
    more |= {"steps-2-word_limit": 0, "steps-2-pressure": 1, "steps-2-cost": 0, "steps-2-incentive": 0}
    changes = {"priority": 70, "reasons_any": "quiet_15d, quiet_30d", "excluded_playbooks": [other.pk]}
    design = {"experiment-0-question": "Does it?", "experiment-0-window_days": 45}
    answer = client.post(address(version), form_of(version, **changes, **more, **design, **{"steps-TOTAL_FORMS": 3}))
    assert answer.status_code == 302, answer.context["errors"]
    saved = PlaybookVersion.objects.get(pk=version.pk)
    assert (saved.priority, saved.reasons_any) == (70, ["quiet_15d", "quiet_30d"])
    assert [step.name for step in saved.steps.all()] == ["Book again", "A tip", "They call"]
    assert (saved.experiment.question, saved.experiment.window_days) == ("Does it?", 45)
    assert list(saved.excluded_playbooks.all()) == [other]
    entry = AuditEntry.objects.filter(action="retention.edit_playbook").first()
    assert entry is not None
    assert (entry.actor, entry.object_id) == (manager, str(version.pk))


@pytest.mark.usefixtures("manager")
@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"steps-0-purpose": "offer"}, "This begins with an offer"),
        pytest.param({"steps-0-latest_hours": 0}, "Its time is over before it begins", marks=pytest.mark.trial),
        pytest.param(
            {"steps-1-DELETE": "on", "steps-0-purpose": "human"},
            "Only a call is made by a person",
            marks=pytest.mark.trial,
        ),
        ({"experiment-0-holdout_percent": 60}, "60 percent cannot be held out"),
        pytest.param({"reasons_any": "quiet_15"}, "Did you mean “quiet_15d”", marks=pytest.mark.trial),
        pytest.param({"steps-1-position": 1}, "Two steps have this number", marks=pytest.mark.trial),
        pytest.param({"seen": "old"}, "Somebody else changed", marks=pytest.mark.trial),
    ],
)
def test_what_is_wrong_stands_on_the_form_and_nothing_is_saved(
    client: Client, changes: dict[str, Any], sentence: str
) -> None:
    version = drafted()
    before = playbooks.export_playbook(version)
    answer = client.post(address(version), form_of(version, priority=99, **changes))
    assert answer.status_code == 200
    assert sentence in answer.content.decode()
    assert playbooks.export_playbook(version) == before


@pytest.mark.usefixtures("manager")
def test_what_is_published_is_only_read(client: Client) -> None:
    approved()
    version = put_in_force(drafted())
    page = client.get(address(version)).content.decode()
    assert 'name="priority"' not in page
    assert 'name="steps-0-latest_hours"' not in page
    assert 'name="experiment-0-kpi"' not in page
    assert '<div class="readonly">Booking made</div>' in page, "in words"
    # Opened as a draft, sent when it is none any more: refused, with what was typed.
    answer = client.post(address(version), form_of(version, priority=99))
    assert "is published since you opened it" in answer.content.decode()
    version.refresh_from_db()
    assert version.priority == 50


@pytest.mark.usefixtures("manager")
def test_a_locked_experiment_is_only_read(client: Client) -> None:
    version = drafted()
    playbooks.edit_version(version=version, experiment={"question": "Does it?"}, by=None)
    experiment = Experiment.objects.get(version=version)
    Experiment.objects.filter(pk=experiment.pk).update(status="running", locked_at=version.created_at)
    assert 'name="experiment-0-kpi"' not in client.get(address(version)).content.decode()
    answer = client.post(address(version), form_of(version, **{"experiment-0-kpi": "revenue"}))
    assert answer.status_code == 200
    assert "The experiment is locked" in answer.content.decode()
    experiment.refresh_from_db()
    assert experiment.kpi == "reactivation"


def test_publishing_asks_why_and_says_what_is_missing(client: Client, manager: User) -> None:
    version = drafted()
    send = {"action": "publish", "_selected_action": version.pk}
    assert "Why?" in client.post(reverse(LIST), send).content.decode()
    answer = client.post(reverse(LIST), {**send, "reason": "Tried out."}, follow=True)
    assert "No wording is approved for SMS with the angle “tried”" in answer.content.decode()
    approved()
    answer = client.post(reverse(LIST), {**send, "reason": "Tried out."}, follow=True)
    version.refresh_from_db()
    assert (version.status, version.published_by) == (ModelStatus.PUBLISHED, manager)
    client.post(reverse(LIST), {"action": "begin_draft_from", "_selected_action": version.pk})
    assert version.playbook.versions.get(number=2).status == ModelStatus.DRAFT
    client.post(reverse(LIST), {"action": "retire", "_selected_action": version.pk, "reason": "Over."})
    version.refresh_from_db()
    assert version.status == ModelStatus.RETIRED


@pytest.mark.trial
def test_playbooks_are_made_cloned_and_brought_in(client: Client, manager: User) -> None:
    add = reverse("admin:retention_playbook_add")
    inline = {"versions-TOTAL_FORMS": 0, "versions-INITIAL_FORMS": 0}
    answer = client.post(add, {"name": "Soft", "title": "Soft nudge", **inline})
    assert "Use small letters" in answer.content.decode()
    client.post(add, {"name": "soft", "title": "Soft nudge", **inline})
    made = Playbook.objects.get(name="soft")
    assert (made.title, made.owner, made.versions.get().number) == ("Soft nudge", manager, 1)
    source = drafted()
    clone = reverse("admin:retention_playbookversion_clone", args=[source.pk])
    assert client.get(clone).status_code == 200
    assert "already" in client.post(clone, {"name": "soft", "title": "Again"}).content.decode()
    client.post(clone, {"name": "copy", "title": "Copy"})
    assert PlaybookVersion.objects.get(playbook__name="copy").steps.count() == 2
    text = client.get(reverse("admin:retention_playbookversion_file", args=[source.pk])).content
    bring_in = reverse("admin:retention_playbook_import")
    wrong = SimpleUploadedFile("p.toml", text.replace(b"purpose", b"purposes", 1))
    assert "steps.1.purposes" in client.post(bring_in, {"file": wrong, "name": "third"}).content.decode()
    client.post(bring_in, {"file": SimpleUploadedFile("p.toml", text), "name": "third"})
    assert PlaybookVersion.objects.get(playbook__name="third").goal == "A booking"


@pytest.mark.parametrize(
    "role",
    [Role.ACCOUNT_OWNER, *(pytest.param(role, marks=pytest.mark.trial) for role in (Role.CONCIERGE, Role.SDR_MANAGER))],
)
def test_others_do_not_edit_playbooks(client: Client, role: Role) -> None:
    version = drafted()
    client.force_login(make_user(role, is_staff=True))
    assert client.post(address(version), form_of(version, priority=99)).status_code == 403
    assert client.get(reverse("admin:retention_playbook_import")).status_code == 403
    assert client.get(reverse("admin:retention_playbookversion_file", args=[version.pk])).status_code == 403
