"""What can be done about staff: the happy way, the refusals, and that each deed is in the audit log."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from staff import services
from staff.models import AuditEntry, Team, User
from staff.services import Refused
from staff.states import Role
from tests.factories import PASSWORD, make_team, make_user

pytestmark = pytest.mark.django_db


def last_entry() -> tuple[str, User | None, str]:
    entry = AuditEntry.objects.select_related("actor").first()
    assert entry is not None
    return entry.action, entry.actor, entry.object_id


def test_create_user_who_can_sign_in() -> None:
    boss, team = make_user(), make_team()
    user = services.create_user(
        username=" marta ", name="Marta", email="marta@ours.example", team=team, password=PASSWORD, by=boss
    )
    assert (user.username, user.team, user.is_active) == ("marta", team, True)
    assert user.check_password(PASSWORD)
    assert last_entry() == ("staff.create_user", boss, str(user.pk))


def test_somebody_without_a_password_cannot_sign_in() -> None:
    user = services.create_user(username="marta", name="Marta")
    assert not user.is_active
    assert not user.has_usable_password()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"username": "  ", "email": ""}, "A user name is needed"),
        ({"username": "MARTA", "email": ""}, "Somebody else has this user name"),
        ({"username": "other", "email": "Marta@Ours.example"}, "Somebody else has this e-mail address"),
    ],
)
def test_names_and_addresses_belong_to_one_person(fields: dict[str, str], sentence: str) -> None:
    services.create_user(username="marta", name="Marta", email="marta@ours.example")
    with pytest.raises(Refused, match=sentence):
        services.create_user(name="Somebody", username=fields["username"], email=fields["email"])
    assert User.objects.count() == 1


def test_the_database_holds_it_too() -> None:
    """Two requests at once pass the question; the second is stopped by the index."""
    services.create_user(username="marta", name="Marta", email="marta@ours.example")
    for fields in ({"username": "Marta"}, {"username": "m", "email": "MARTA@ours.example"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            User.objects.create(name="Somebody", **fields)


def test_update_user_names_fields_and_keeps_contents_out_of_the_log() -> None:
    boss, team = make_user(), make_team()
    user = services.create_user(username="marta", name="Marta", email="marta@ours.example")
    services.update_user(
        user=user, username="marta", name="Marta Lindqvist", email="marta@ours.example", team=team, by=boss
    )
    entry = AuditEntry.objects.get(action="staff.update_user")
    assert entry.detail == {"changed": ["name", "team"]}
    user.refresh_from_db()
    assert (user.name, user.team) == ("Marta Lindqvist", team)


def test_update_that_changes_nothing_is_no_deed() -> None:
    user = services.create_user(username="marta", name="Marta")
    services.update_user(user=user, username="marta", name="Marta", email="", team=None, by=None)
    assert not AuditEntry.objects.filter(action="staff.update_user").exists()


def test_update_refuses_the_address_of_somebody_else() -> None:
    services.create_user(username="marta", name="Marta", email="marta@ours.example")
    other = services.create_user(username="ivo", name="Ivo")
    with pytest.raises(Refused, match="e-mail address"):
        services.update_user(user=other, username="ivo", name="Ivo", email="marta@ours.example", team=None, by=None)


def test_set_roles_gives_exactly_these_and_says_what_was_before() -> None:
    boss, user = make_user(), make_user(Role.CONCIERGE)
    services.set_roles(user=user, roles=[Role.ACCOUNT_OWNER, Role.RETENTION_MANAGER], by=boss)
    assert set(user.groups.values_list("name", flat=True)) == {"Account owner", "Retention manager"}
    entry = AuditEntry.objects.get(action="staff.set_roles")
    assert entry.detail == {"before": ["Concierge"], "after": ["Account owner", "Retention manager"]}
    assert entry.actor == boss


def test_only_roles_with_work_in_the_admin_open_it() -> None:
    user = make_user()
    assert services.set_roles(user=user, roles=[Role.SDR_MANAGER]).is_staff
    assert not services.set_roles(user=user, roles=[Role.ACCOUNT_OWNER]).is_staff


def test_losing_every_role_leaves_a_superuser_in_the_admin() -> None:
    chief = make_user(Role.SDR_MANAGER, is_superuser=True, is_staff=True)
    assert services.set_roles(user=chief, roles=[], by=chief).is_staff


def test_the_same_roles_again_are_no_deed() -> None:
    user = make_user(Role.CONCIERGE)
    services.set_roles(user=user, roles=[Role.CONCIERGE])
    assert not AuditEntry.objects.filter(action="staff.set_roles").exists()


def test_nobody_raises_themselves() -> None:
    user = make_user(Role.CONCIERGE)
    with pytest.raises(Refused, match="their own roles"):
        services.set_roles(user=user, roles=[Role.SDR_MANAGER], by=user)
    assert list(user.groups.values_list("name", flat=True)) == ["Concierge"]


def test_a_role_that_does_not_exist_is_named() -> None:
    with pytest.raises(Refused, match="no role called Emperor"):
        services.set_roles(user=make_user(), roles=["Emperor"])


def test_groups_that_are_no_roles_are_left_alone() -> None:
    user = make_user(Role.CONCIERGE)
    user.groups.add(Group.objects.create(name="Football"))
    services.set_roles(user=user, roles=[])
    assert list(user.groups.values_list("name", flat=True)) == ["Football"]


def test_an_invitation_leads_to_a_password_and_then_to_a_sign_in(
    client: Client, settings: Settings, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    settings.PUBLIC_URL = "https://rekindle.example"
    boss = make_user()
    user = services.create_user(username="marta", name="Marta Lindqvist", email="marta@ours.example")
    with django_capture_on_commit_callbacks(execute=True):
        invited = services.invite(user=user, by=boss)
    assert invited.is_active
    assert invited.invited_at
    assert last_entry() == ("staff.invite", boss, str(user.pk))

    (message,) = mail.outbox
    assert message.to == ["marta@ours.example"]
    assert "Hello Marta," in message.body
    assert "user name is marta." in message.body
    path = re.search(r"https://rekindle\.example(/\S+)", str(message.body))
    assert path is not None
    form = client.get(path[1], follow=True)
    chosen = client.post(form.redirect_chain[-1][0], {"password1": "quiet-embers-42", "password2": "quiet-embers-42"})
    assert chosen.status_code == 302
    assert client.login(username="marta", password="quiet-embers-42")

    again = Client().get(path[1], follow=True)
    assert "This link no longer works" in again.content.decode()


def test_an_invitation_is_only_mailed_when_it_is_kept(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    user = services.create_user(username="marta", name="Marta", email="marta@ours.example")
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        services.invite(user=user)
        transaction.set_rollback(True)
    user.refresh_from_db()
    assert not user.is_active
    assert mail.outbox == []


def test_invite_needs_an_address() -> None:
    user = services.create_user(username="marta", name="Marta")
    with pytest.raises(Refused, match="no e-mail address"):
        services.invite(user=user)
    user.refresh_from_db()
    assert not user.is_active


def test_invite_refuses_who_can_sign_in_already() -> None:
    with pytest.raises(Refused, match="can sign in already"):
        services.invite(user=make_user())


def test_an_invitation_may_be_repeated_until_the_password_is_chosen(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    user = services.create_user(username="marta", name="Marta", email="marta@ours.example")
    for _ in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            services.invite(user=user)
    assert len(mail.outbox) == 2


def test_whoever_is_deactivated_is_out_at_the_next_click(client: Client) -> None:
    boss, user = make_user(), make_user()
    client.force_login(user)
    assert client.get("/audit/").status_code == 403  # signed in, though not for this page
    services.deactivate(user=user, by=boss)
    assert client.get("/audit/").status_code == 302
    assert last_entry() == ("staff.deactivate", boss, str(user.pk))


def test_nobody_locks_themselves_out() -> None:
    user = make_user()
    with pytest.raises(Refused, match="their own account"):
        services.deactivate(user=user, by=user)


def test_deactivate_twice_is_refused() -> None:
    user = make_user()
    services.deactivate(user=user)
    with pytest.raises(Refused, match="closed already"):
        services.deactivate(user=user)


def test_a_team_is_kept_changed_and_dissolved_with_its_members_left() -> None:
    boss = make_user()
    team = services.save_team(team=Team(name="North"), by=boss)
    member = make_user(team=team)
    team.manager = boss
    services.save_team(team=team, by=boss)
    services.remove_team(team=team, by=boss)
    member.refresh_from_db()
    assert member.team is None
    actions = list(AuditEntry.objects.order_by("id").values_list("action", flat=True))
    assert actions == ["staff.create_team", "staff.update_team", "staff.remove_team"]


def test_a_deed_and_its_entry_fall_together() -> None:
    with transaction.atomic():
        services.create_user(username="marta", name="Marta")
        transaction.set_rollback(True)
    assert not User.objects.exists()
    assert not AuditEntry.objects.exists()
