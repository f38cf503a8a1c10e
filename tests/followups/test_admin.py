"""Cadences in the admin: what is wrong is said in words, what is published stays as it is."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from followups import services
from followups.models import Asset, Cadence, CadenceVersion, Lead
from staff.models import AuditEntry, User
from tests.factories import make_team, make_user
from tests.followups.making import NOW, make_account, make_lead, swept

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(client: Client) -> User:
    user = make_user("SDR manager", is_staff=True)
    client.force_login(user)
    return user


#: What is typed as names with commas between.
NAMES = {"segment_territories", "segment_sources", "segment_tags"}


def draft() -> CadenceVersion:
    return services.new_draft_version(cadence=Cadence.objects.get(name="default"), by=None)


def form_of(version: CadenceVersion, **changes: Any) -> dict[str, Any]:
    """What the browser sends for this version, changed where asked: `steps-1-word_limit` and the like."""
    rules = services.CHANGEABLE - {"channels", "allow_existing_customers"}
    data: dict[str, Any] = {name: value for name in rules if (value := getattr(version, name)) not in (None, [])}
    data |= {name: ",".join(value) for name, value in data.items() if name in NAMES}
    data |= {"seen_revision": version.revision}
    data |= {"channels": ",".join(version.channels), "steps-TOTAL_FORMS": 3, "steps-INITIAL_FORMS": 3}
    for number, step in enumerate(version.steps.order_by("position")):
        fields = ("id", "position", "kind", "angle", "channel", "word_limit", "pressure", "review_policy")
        data |= {f"steps-{number}-{name}": getattr(step, name) for name in fields}
    return {**data, **changes}


def address(version: CadenceVersion) -> str:
    return reverse("admin:followups_cadenceversion_change", args=[version.pk])


def test_a_draft_is_saved_and_audited(client: Client, manager: User) -> None:
    version = draft()
    answer = client.post(address(version), form_of(version, min_gap_days=6, **{"steps-0-word_limit": 80}))
    assert answer.status_code == 302
    version.refresh_from_db()
    assert version.min_gap_days == 6
    assert version.steps.get(position=1).word_limit == 80
    assert AuditEntry.objects.filter(action="followups.change_cadenceversion", actor=manager).exists()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"steps-1-word_limit": 95}, "Step 2: A later message must not be longer. Use 90 words or fewer."),
        ({"steps-2-pressure": 3}, "Step 3: A later message must not press harder. Use 2 or less."),
        ({"max_attempts": 0}, "Say after how many attempts to stop."),
        ({"max_days": 0}, "Say after how many days to stop."),
        ({"max_attempts": 3}, "There are 2 follow-up steps for at most 3 attempts."),
        ({"steps-2-DELETE": "on"}, "Add a close-loop step at the end."),
        ({"channels": "email,fax"}, "fax"),
        ({"max_days": ""}, "This field is required."),
    ],
)
def test_what_is_wrong_is_said_in_words_and_not_saved(
    client: Client, manager: User, change: dict[str, Any], sentence: str
) -> None:
    version = draft()
    answer = client.post(address(version), form_of(version, **change))
    assert answer.status_code == 200
    assert sentence in answer.content.decode()
    version.refresh_from_db()
    assert (version.max_attempts, version.max_days, version.steps.count()) == (2, 45, 3)
    assert version.steps.get(position=2).word_limit == 60


def test_save_and_publish_puts_a_version_in_force(client: Client, manager: User) -> None:
    before, version = services.published_version(), draft()
    answer = client.post(address(version), form_of(version, max_days=30, _publish="1"), follow=True)
    assert "Default v2 is in force now." in answer.content.decode()
    before.refresh_from_db()
    version.refresh_from_db()
    assert (before.status, version.status, version.published_by, version.max_days) == (
        "retired",
        "published",
        manager,
        30,
    )
    assert AuditEntry.objects.filter(action="followups.publish_version", actor=manager).exists()


def test_publishing_needs_its_own_permission(client: Client) -> None:
    helper = make_user(is_staff=True)
    names = ["view_cadenceversion", "change_cadenceversion", "view_cadencestep", "change_cadencestep"]
    helper.user_permissions.set(Permission.objects.filter(codename__in=names))
    client.force_login(helper)
    version = draft()
    assert "Save and publish" not in client.get(address(version)).content.decode()
    client.post(address(version), form_of(version, max_days=30, _publish="1"))
    version.refresh_from_db()
    assert (version.status, version.max_days) == ("draft", 30)


def test_a_published_version_cannot_be_edited(client: Client, manager: User) -> None:
    version = services.published_version()
    assert client.get(address(version)).status_code == 200
    sent = form_of(version, max_days=1)
    del sent["seen_revision"]
    assert client.post(address(version), sent).status_code == 403
    version.refresh_from_db()
    assert version.max_days == 45


def test_a_new_draft_begins_from_the_list_and_only_one(client: Client, manager: User) -> None:
    cadence = Cadence.objects.get(name="default")
    data = {"action": "begin_draft", "_selected_action": [cadence.pk]}
    changelist = reverse("admin:followups_cadence_changelist")
    assert "default v2" in client.post(changelist, data, follow=True).content.decode()
    assert "There is a draft already." in client.post(changelist, data, follow=True).content.decode()
    assert list(cadence.versions.values_list("number", "status")) == [(2, "draft"), (1, "published")]


def test_publishing_from_the_list_names_what_is_wrong(client: Client, manager: User) -> None:
    version = draft()
    version.steps.filter(position=3).delete()
    data = {"action": "publish", "_selected_action": [version.pk]}
    page = client.post(reverse("admin:followups_cadenceversion_changelist"), data, follow=True).content.decode()
    assert "Add a close-loop step at the end." in page
    version.refresh_from_db()
    assert version.status == "draft"


def test_material_needs_somebody_it_is_for(client: Client, manager: User) -> None:
    data = {
        "title": "Shops",
        "link": "https://ours.example/s",
        "published_at": "2026-05-01T09:00:00",
        "industries": "",
    }
    page = client.post(reverse("admin:followups_asset_add"), data)
    assert "Name at least one industry or stage" in page.content.decode()
    assert client.post(reverse("admin:followups_asset_add"), {**data, "stages": ["proposal"]}).status_code == 302
    assert Asset.objects.get().stages == ["proposal"]


@pytest.mark.parametrize(
    "model",
    [
        "lead",
        "cadenceversion",
        *(pytest.param(one, marks=pytest.mark.trial) for one in ("decision", "cadence", "asset")),
    ],
)
def test_lists_take_as_many_queries_for_many_as_for_few(client: Client, manager: User, model: str) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as counted:
            assert client.get(reverse(f"admin:followups_{model}_changelist")).status_code == 200
        return len(counted)

    def make_more(number: int) -> None:
        for _ in range(number):
            make_lead(account=make_account())
            name = f"c{Cadence.objects.count()}"
            version = services.clone_cadence(base=services.published_version(), name=name, changes={}, by=None)
            services.publish_version(version=version, by=manager, now=NOW)
            services.create_asset(title="T", link="https://ours.example/", published_at=NOW, stages=["new"], by=manager)
        swept()

    make_more(2)
    queries()
    few = queries()
    make_more(8)
    assert queries() == few


def test_leads_are_found_and_their_decisions_only_read(client: Client, manager: User) -> None:
    lead = make_lead()
    swept()
    found = client.get(reverse("admin:followups_lead_changelist"), {"q": lead.external_id[:4]}).content.decode()
    assert lead.external_id in found
    page = client.get(reverse("admin:followups_lead_change", args=[lead.pk])).content.decode()
    assert "Write with a reason" in page
    superuser = make_user(is_staff=True, is_superuser=True)
    client.force_login(superuser)
    decision = lead.decisions.get()
    change = reverse("admin:followups_decision_change", args=[decision.pk])
    assert client.get(change).status_code == 200
    assert client.post(change, {"decision": "stop"}).status_code == 403


def test_another_teams_lead_is_not_in_the_admin(client: Client) -> None:
    owner = make_user("Account owner", is_staff=True, team=make_team())
    other = make_lead(owner=make_user(team=make_team()))
    client.force_login(owner)
    page = client.get(reverse("admin:followups_lead_changelist")).content.decode()
    assert other.external_id not in page
    assert Lead.objects.filter(pk=other.pk).exists()
