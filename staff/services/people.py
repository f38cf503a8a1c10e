"""Every write about who works here."""

from __future__ import annotations

from collections.abc import Iterable

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.models import Group
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from staff.models import Team, User
from staff.services.auditing import record
from staff.services.refusals import Refused
from staff.states import ROLES_WITH_ADMIN, Role


@transaction.atomic
def create_user(
    *,
    username: str,
    name: str,
    email: str = "",
    team: Team | None = None,
    roles: Iterable[str] = (),
    password: str | None = None,
    by: User | None = None,
) -> User:
    """Make a member of staff. Without a password they can own leads, but not sign in until invited.

    Raises Refused when the user name is missing, or the user name or e-mail address belongs to somebody else.
    """
    user = User(username=username.strip(), name=name.strip(), email=email.strip(), team=team)
    refuse_taken(user)
    user.is_active = password is not None
    user.set_password(password)
    user.save()
    record(action="staff.create_user", actor=by, on=user, detail={"team": team.pk if team else None})
    if roles := tuple(roles):
        set_roles(user=user, roles=roles, by=by)
    return user


@transaction.atomic
def update_user(*, user: User, username: str, name: str, email: str, team: Team | None, by: User | None) -> User:
    """Change who somebody is and where they belong. The audit log names the changed fields, not their contents.

    Raises Refused as `create_user` does.
    """
    stored = User.objects.select_for_update().get(pk=user.pk)
    new = {"username": username.strip(), "name": name.strip(), "email": email.strip(), "team": team}
    changed = [field for field, value in new.items() if getattr(stored, field) != value]
    if not changed:
        return stored
    for field in changed:
        setattr(stored, field, new[field])
    refuse_taken(stored)
    stored.save(update_fields=changed)
    record(action="staff.update_user", actor=by, on=stored, detail={"changed": changed})
    return stored


def refuse_taken(user: User) -> None:
    """Raise Refused when the user has no user name, or shares it or the e-mail address with somebody else."""
    others = User.objects.exclude(pk=user.pk)
    if not user.username:
        raise Refused("A user name is needed. Type one, for instance the part of the e-mail address before the @.")
    if others.filter(username__iexact=user.username).exists():
        raise Refused("Somebody else has this user name. Choose another.")
    if user.email and others.filter(email__iexact=user.email).exists():
        raise Refused("Somebody else has this e-mail address. Everybody signs in with an address of their own.")


@transaction.atomic
def set_roles(*, user: User, roles: Iterable[str], by: User | None = None) -> User:
    """Give somebody exactly these roles. Roles whose work needs the admin open it; losing the last of them closes it.

    Raises Refused for a role that does not exist, and when somebody who is no superuser changes their own roles.
    """
    wanted = frozenset(roles)
    unknown = sorted(wanted - frozenset(Role.values))
    if unknown:
        raise Refused(f"There is no role called {unknown[0]}. The roles are {', '.join(Role.values)}.")
    if by is not None and by.pk == user.pk and not by.is_superuser:
        raise Refused("Nobody can change their own roles. Ask somebody else who looks after staff.")
    stored = User.objects.select_for_update().get(pk=user.pk)
    before = frozenset(stored.groups.filter(name__in=Role.values).values_list("name", flat=True))
    opens_admin = stored.is_superuser or bool(wanted & ROLES_WITH_ADMIN)
    if before == wanted and stored.is_staff == opens_admin:
        return stored
    stored.groups.remove(*Group.objects.filter(name__in=before - wanted))
    stored.groups.add(*Group.objects.filter(name__in=wanted - before))
    stored.is_staff = opens_admin
    stored.save(update_fields=["is_staff"])
    record(action="staff.set_roles", actor=by, on=stored, detail={"before": sorted(before), "after": sorted(wanted)})
    return stored


@transaction.atomic
def invite(*, user: User, by: User | None = None) -> User:
    """Let somebody sign in: open the account and send them a link to choose a password.

    The mail leaves after the transaction, so that a mail server that is down takes nothing back. An invitation may be
    repeated until the password is chosen. Raises Refused without an e-mail address, or when they can sign in already.
    """
    stored = User.objects.select_for_update().get(pk=user.pk)
    if not stored.email:
        raise Refused(f"{stored} has no e-mail address to send the invitation to. Add one first.")
    if stored.is_active and stored.has_usable_password():
        raise Refused(f"{stored} can sign in already. A forgotten password is mended on the sign-in page.")
    stored.is_active = True
    stored.invited_at = timezone.now()
    stored.save(update_fields=["is_active", "invited_at"])
    record(action="staff.invite", actor=by, on=stored)
    transaction.on_commit(lambda: send_invitation(stored))
    return stored


def send_invitation(user: User) -> None:
    """Mail the link to choose a password. It is the link of a password reset, and works once."""
    key = default_token_generator.make_token(user)
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": user_pk_to_url_str(user), "key": key})
    body = render_to_string(
        "staff/mail/invitation.txt",
        {"user": user, "link": f"{settings.PUBLIC_URL}{path}", "days": settings.PASSWORD_RESET_TIMEOUT // 86_400},
    )
    send_mail("Your account at Rekindle", body, None, [user.email])


@transaction.atomic
def deactivate(*, user: User, by: User | None = None) -> User:
    """Close an account. Whoever is signed in with it is out at the next click; what they own stays theirs.

    Raises Refused when somebody closes their own account, or it is closed already.
    """
    if by is not None and by.pk == user.pk:
        raise Refused("Nobody can close their own account. Ask somebody else who looks after staff.")
    if User.objects.filter(pk=user.pk, is_active=True).update(is_active=False) == 0:
        raise Refused(f"The account of {user} is closed already.")
    user.refresh_from_db()
    record(action="staff.deactivate", actor=by, on=user)
    return user


@transaction.atomic
def remove_second_factor(*, factor: Authenticator, by: User | None = None) -> None:
    """Take a second factor, or a set of recovery codes, from whoever lost it. Nothing happens where it is gone already.

    The password alone opens the account until its owner sets up another one.
    """
    stored = Authenticator.objects.select_for_update(of=("self",)).select_related("user").filter(pk=factor.pk).first()
    if stored is None:
        return
    summary = f"Second factor removed ({stored.get_type_display()})"
    record(action="staff.remove_second_factor", actor=by, on=stored.user, summary=summary)
    stored.delete()


@transaction.atomic
def save_team(*, team: Team, by: User | None = None) -> Team:
    """Keep a new or changed team."""
    new = team.pk is None
    team.save()
    record(
        action="staff.create_team" if new else "staff.update_team",
        actor=by,
        on=team,
        detail={"manager": team.manager_id},
    )
    return team


@transaction.atomic
def remove_team(*, team: Team, by: User | None = None) -> None:
    """Dissolve a team. Its members stay, without a team."""
    record(action="staff.remove_team", actor=by, on=team, detail={"members": team.members.count()})
    team.delete()
