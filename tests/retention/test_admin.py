"""Score models in the admin: a draft is saved whole or not at all, what is in force stays as it is."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from retention import services
from retention.models import ScoreModel, ScoreVersion
from retention.states import Knob, ModelStatus
from staff.models import AuditEntry, User
from tests.factories import make_user
from tests.retention.making import in_force, make_customer

pytestmark = pytest.mark.django_db

NUMBERS = (*Knob.values, "medium_from", "high_from", "fall_margin", "confirm_hours")
LIST = "admin:retention_scoreversion_changelist"


@pytest.fixture
def manager(client: Client) -> User:
    user = make_user("Retention manager", is_staff=True)
    client.force_login(user)
    return user


@pytest.fixture
def version() -> ScoreVersion:
    return services.draft_version(of=in_force(), by=None)


def address(version: ScoreVersion) -> str:
    return reverse("admin:retention_scoreversion_change", args=[version.pk])


def form_of(version: ScoreVersion, **changes: Any) -> dict[str, Any]:
    """What the browser sends for this version, changed where asked: `components-0-max_points` and the like."""
    data: dict[str, Any] = {name: getattr(version, name) for name in NUMBERS}
    data |= {"note": version.note, "plans": ",".join(version.plans), "tiers": ",".join(version.tiers)}
    for prefix, fields in (
        ("components", ("component", "max_points", "combine")),
        ("signals", ("position", "component", "type", "parameters")),
        ("bands", ("band", "next_action", "messages_each", "calls_each", "weekly_quota", "cost_cap")),
    ):
        rows = list(getattr(version, prefix).all())
        data |= {f"{prefix}-TOTAL_FORMS": len(rows), f"{prefix}-INITIAL_FORMS": len(rows)}
        for number, row in enumerate(rows):
            for name in ("id", *fields):
                value = getattr(row, name)
                data[f"{prefix}-{number}-{name}"] = json.dumps(value) if name == "parameters" else value
            # The page says beside this field what it was, and so does the browser.
            if prefix == "signals":
                data[f"initial-{prefix}-{number}-parameters"] = json.dumps(row.parameters)
    return {name: "" if value is None else value for name, value in {**data, **changes}.items()}


def test_a_draft_is_saved_and_audited(client: Client, manager: User, version: ScoreVersion) -> None:
    changes = {"medium_from": 35, "components-0-max_points": 30, "bands-0-weekly_quota": 7, "plans": "Studio,Solo"}
    answer = client.post(address(version), form_of(version, **changes))
    assert answer.status_code == 302
    version.refresh_from_db()
    assert (version.medium_from, version.plans) == (35, ["Studio", "Solo"])
    assert version.bands.all()[0].weekly_quota == 7
    entry = AuditEntry.objects.get(action="retention.edit_version")
    assert (entry.actor, entry.object_id) == (manager, str(version.pk))
    assert entry.detail["changed"] == ["bands", "medium_from", "plans"]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"medium_from": 80}, "High must begin above medium"),
        ({"high_from": 101}, "High begins at 100 at most"),
        ({"recency_sensitivity": "3"}, "Give a number from 0.5 to 2"),
        ({"components-0-max_points": 60}, "Together they may have at most 100"),
        ({"components-0-max_points": 10}, "Recency has at most 10"),
        ({"signals-0-parameters": '{"tiers": []}'}, "at least one tier"),
        ({"signals-0-parameters": '{"colour": 1}'}, "has no colour"),
        ({"signals-0-parameters": "{"}, "Enter a valid JSON"),
        ({"medium_from": ""}, "This field is required"),
        ({"bands-0-next_action": ""}, "This field is required"),
    ],
)
def test_what_is_wrong_is_said_in_words_and_not_saved(
    client: Client, manager: User, version: ScoreVersion, changes: dict[str, Any], sentence: str
) -> None:
    answer = client.post(address(version), form_of(version, note="New", **changes))
    assert answer.status_code == 200
    assert sentence in answer.content.decode()
    version.refresh_from_db()
    assert (version.note, version.medium_from, version.components.all()[0].max_points) == ("", 40, 30)


def test_what_is_in_force_can_be_read_only(client: Client, manager: User) -> None:
    published = in_force()
    page = client.get(address(published)).content.decode()
    assert "quiet_15d" in page
    assert 'name="medium_from"' not in page
    assert client.post(address(published), form_of(published, medium_from=30)).status_code == 403
    assert in_force().medium_from == 40


def test_publishing_asks_for_a_reason_first(client: Client, manager: User, version: ScoreVersion) -> None:
    make_customer()
    chosen = {"action": "publish", "_selected_action": version.pk}
    page = client.post(reverse(LIST), chosen).content.decode()
    assert f"Publish {version.name}" in page
    assert 'name="reason"' in page
    assert "Say why" in client.post(reverse(LIST), {**chosen, "reason": " "}).content.decode()
    assert in_force().number == 1
    said = client.post(reverse(LIST), {**chosen, "reason": "Tried out."}, follow=True).content.decode()
    assert f"Published {version.name}. 0 of 1 customers change band." in said
    version.refresh_from_db()
    assert (version.status, version.publish_reason, version.published_by) == ("published", "Tried out.", manager)
    again = client.post(reverse(LIST), {**chosen, "reason": "Again."}, follow=True).content.decode()
    assert "Only a draft can be published" in again


def test_retiring_and_drafting(client: Client, manager: User, version: ScoreVersion) -> None:
    chosen = {"_selected_action": version.pk, "reason": "Not needed."}
    said = client.post(reverse(LIST), {**chosen, "action": "retire"}, follow=True).content.decode()
    assert f"Retired {version.name}." in said
    version.refresh_from_db()
    assert version.status == ModelStatus.RETIRED
    last = {"_selected_action": in_force().pk, "reason": "Old", "action": "retire"}
    assert "last model for everybody" in client.post(reverse(LIST), last, follow=True).content.decode()
    client.post(reverse(LIST), {**chosen, "action": "begin_draft_from"})
    models = reverse("admin:retention_scoremodel_changelist")
    client.post(models, {"action": "begin_draft", "_selected_action": version.model_id})
    drafts = ScoreVersion.objects.filter(model=version.model, status=ModelStatus.DRAFT)
    assert sorted(drafts.values_list("number", flat=True)) == [3, 4]


def test_a_model_of_ones_own_begins_empty(client: Client, manager: User) -> None:
    new = {"name": "studio", "title": "Studio", "description": "", "position": 9}
    new |= {"versions-TOTAL_FORMS": 0, "versions-INITIAL_FORMS": 0}
    assert client.post(reverse("admin:retention_scoremodel_add"), new).status_code == 302
    model = ScoreModel.objects.get(name="studio")
    assert AuditEntry.objects.filter(action="retention.add_model", actor=manager).exists()
    like = form_of(in_force(), model=model.pk)
    like = {name: "" if name.endswith("-id") else value for name, value in like.items()}
    like |= {name: 0 for name in like if name.endswith("INITIAL_FORMS")}
    assert client.post(reverse("admin:retention_scoreversion_add"), like).status_code == 302
    made = model.versions.get()
    assert (made.name, made.status, made.created_by) == ("studio-v1", "draft", manager)
    assert made.signals.count() == in_force().signals.count()


def test_who_may_only_look_changes_nothing(client: Client, version: ScoreVersion) -> None:
    client.force_login(make_user("SDR manager", is_staff=True))
    page = client.get(reverse(LIST)).content.decode()
    assert version.name in page
    assert 'value="publish"' not in page
    assert client.post(address(version), form_of(version, medium_from=30)).status_code == 403
    chosen = {"action": "publish", "_selected_action": version.pk, "reason": "Try."}
    client.post(reverse(LIST), chosen)
    assert in_force().number == 1


@pytest.mark.parametrize("name", ["scoremodel", "scoreversion"])
def test_lists_ask_as_much_for_many_as_for_few(client: Client, manager: User, name: str) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(reverse(f"admin:retention_{name}_changelist")).status_code == 200
        return len(captured)

    queries()
    before = queries()
    for _ in range(4):
        services.draft_version(of=in_force(), by=manager)
    assert queries() == before
