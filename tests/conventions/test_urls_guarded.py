"""Every address of the site is closed to strangers, unless it is in the list below with its reason (S1, S6)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, resolve
from django.urls.converters import IntConverter
from django.utils.regex_helper import normalize

from contacts.urls import CALLS
from staff.states import Role
from tests.factories import make_user

#: Where sources send events, by Segment's whole words and first letters.
RECEIVE = {f"contacts:receive_{name}" for name, _ in CALLS}
#: Where providers say what became of a message, and pass on what people wrote.
HOOKS = {f"hooks:{name}" for name in ("mail_news", "mail_message", "sms_status", "sms_news", "sms_message")}
HOOKS |= {"calendar_entries"}

#: Where the customer's own product reads inboxes and registers browsers.
PRODUCT = {f"outreach:api_{name}" for name in ("inbox", "read", "dismiss", "push", "opened")}

#: What somebody may ask for without signing in, and why.
OPEN = {
    **dict.fromkeys(RECEIVE, "Products send events here; their write key is the proof."),
    **dict.fromkeys(HOOKS, "Providers call these; their signature or password is the proof."),
    **dict.fromkeys(PRODUCT, "The customer's own product asks here; its product key is the proof."),
    "outreach:api_openapi": "What tools read before they ask; it says nothing about anybody.",
    "contacts:openapi": "What tools read before they send; it says no more than Segment's own documentation.",
    "healthz": "Whatever watches the process has no account.",
    "readyz": "Whatever sends traffic here has no account.",
    "login": "The address people remember; it leads to the sign-in.",
    "account_login": "Where one signs in.",
    "account_logout": "Signing out twice is no error.",
    "account_inactive": "Says why the sign-in did not work.",
    "account_signup": "Says that nobody signs up by themselves.",
    "account_reset_password": "For people who do not know their password.",
    "account_reset_password_done": "Says that the mail is on its way.",
    "account_reset_password_from_key": "The link in that mail and in an invitation; the key is the proof.",
    "account_reset_password_from_key_done": "Says that the password was changed.",
    "account_email_verification_sent": "A step of a sign-in that has begun; otherwise it leads to the sign-in.",
    "account_confirm_email": "The link in a mail; the key is the proof.",
    "account_confirm_login_code": "A step of a sign-in that has begun; otherwise it leads to the sign-in.",
    "mfa_authenticate": "The second step of a sign-in; without the first it leads there.",
    "admin:login": "Leads to the one sign-in there is.",
    "outreach:unsubscribe": "Whoever got a message may refuse the next without an account; the token is the proof.",
    "reviews:call_feed": "A calendar asks there without an account; the secret in the address is the proof.",
    "outreach:preferences": "They may as well refuse a part of it; the token is the proof.",
}
#: What a form of another site may send to, and why.
WITHOUT_TOKEN = {
    **dict.fromkeys(
        RECEIVE, "Nobody is signed in there: the write key is the proof, and a browser sends none by itself."
    ),
    **dict.fromkeys(HOOKS, "Nobody is signed in there: the provider's signature or password is the proof."),
    **dict.fromkeys(
        PRODUCT, "Nobody is signed in there: the product key is the proof, and a browser sends none by itself."
    ),
    "outreach:unsubscribe": "Mail programs post here by themselves (RFC 8058). It can only ever stop messages.",
    "outreach:preferences": "Nobody is signed in there: the token is the proof, and a browser sends none by itself.",
}
SIGN_IN = ("/account/login/?next=", "/admin/login/?next=")
METHODS = ("get", "head", "options", "post", "put", "patch", "delete")
#: Values for the parts of an address. No row of the test database has them.
PARTS = {"provider": "nobody", "app_label": "staff", "uidb36": "1", "key": "set-password", "url": "nowhere"}


@dataclass(frozen=True)
class Address:
    """One address of the site, with something in place of its variable parts."""

    name: str
    path: str
    view: Callable[..., Any]


def addresses(resolver: URLResolver, before: str = "", names: str = "") -> Iterator[Address]:
    for entry in resolver.url_patterns:
        pattern = entry.pattern
        template, wanted = normalize(pattern.regex.pattern)[0]
        converters = getattr(pattern, "converters", {})
        values = {
            part: "1" if isinstance(converters.get(part), IntConverter) else PARTS.get(part, "1") for part in wanted
        }
        path = before + template % values
        if isinstance(entry, URLPattern):
            yield Address(names + (entry.name or ""), path, entry.callback)
        else:
            inner = f"{names}{entry.namespace}:" if entry.namespace else names
            yield from addresses(entry, path, inner)


def site() -> list[Address]:
    """Every address, each path once: of two with the same, Django asks the first."""
    found: dict[str, Address] = {}
    for address in addresses(get_resolver(), before="/"):
        found.setdefault(address.path, address)
    return list(found.values())


SITE = site()
CLOSED = [address for address in SITE if address.name not in OPEN]


def rarely(role: Role | None) -> Any:
    """The same walk through the whole site, for one more role: among the trials."""
    return pytest.param(role, marks=pytest.mark.trial)


def test_the_walk_sees_the_whole_site() -> None:
    names = {address.name for address in SITE}
    assert {"staff:audit", "reviews:queue", "reviews:approve", "followups:lead", "outreach:outbox"} <= names
    assert {"admin:index", "admin:staff_user_changelist", "account_change_password", "mfa_index"} <= names


def test_the_walk_asks_for_what_it_means() -> None:
    """Otherwise a 404 for a misspelt path would look like a closed door."""
    assert [address.path for address in SITE if resolve(address.path).func is not address.view] == []


def test_exactly_the_listed_views_are_open() -> None:
    opened = {address.name for address in SITE if not getattr(address.view, "login_required", True)}
    assert opened == set(OPEN)


def test_exactly_the_listed_views_need_no_token() -> None:
    without = {address.name for address in SITE if getattr(address.view, "csrf_exempt", False)}
    assert without == set(WITHOUT_TOKEN)


@pytest.mark.django_db
def test_a_stranger_is_led_to_the_sign_in(client: Client) -> None:
    """With one browser for all addresses: what it is given on the way opens none either."""
    let_in = []
    for address in CLOSED:
        for method in METHODS:
            response = getattr(client, method)(address.path)
            led_away = response.status_code == 302 and response["Location"].startswith(SIGN_IN)
            if not led_away and response.status_code not in {403, 404}:
                let_in.append(f"{method} {address.path}: {response.status_code}")
    assert let_in == []


@pytest.mark.django_db
def test_a_strangers_htmx_is_led_there_whole(client: Client) -> None:
    """Or the sign-in page would appear inside a part of the page that somebody left open. The admin has no htmx."""
    for address in CLOSED:
        if not address.path.startswith("/admin/"):
            response = client.get(address.path, headers={"HX-Request": "true"})
            assert response.headers.get("HX-Redirect", "").startswith("/account/login/?next="), address.path


@pytest.mark.django_db
@pytest.mark.parametrize("role", [Role.ACCOUNT_OWNER, *(rarely(role) for role in Role if role != Role.ACCOUNT_OWNER)])
def test_the_admin_is_closed_to_who_does_not_work_there(client: Client, role: Role) -> None:
    client.force_login(make_user(role))
    led_to = set()
    for address in SITE:
        if address.name.startswith("admin:") and address.name != "admin:logout":
            response = client.get(address.path)
            assert response.status_code in {302, 403, 404}, address.path
            led_to |= {response["Location"].partition("?")[0]} if response.status_code == 302 else set()
    for path in led_to:
        assert client.get(path, follow=True).status_code == 403, path


#: Pages that need a permission, by the beginning of their name.
NEEDS = {
    "reviews:decision": "reviews.view_reviewdecision",
    "reviews:export_decisions": "reviews.view_reviewdecision",
    "reviews:suggestions": "reviews.view_suggestion",
    "reviews:accept_suggestion": "reviews.settle_suggestions",
    "reviews:dismiss_suggestion": "reviews.settle_suggestions",
    "staff:audit": "staff.view_auditentry",
    "imports:": "contacts.import_files",
    "contacts:dead_letter": "contacts.repair_events",
    "contacts:replay_dead_letter": "contacts.repair_events",
    "contacts:discard_dead_letter": "contacts.repair_events",
    "contacts:reopen_dead_letter": "contacts.repair_events",
    "contacts:duplicate": "contacts.merge_contacts",
    "contacts:merge": "contacts.merge_contacts",
    "contacts:dismiss_duplicate": "contacts.merge_contacts",
    "contacts:undo_merge": "contacts.merge_contacts",
    "outreach:stop_sending": "outreach.stop_sending",
    "outreach:lift_stop": "outreach.control_sending",
    "outreach:set_": "outreach.control_sending",
    "outreach:remove_": "outreach.control_sending",
    "followups:exceptions": "followups.view_exceptionsreview",
    "followups:see_exceptions": "followups.change_exceptionsreview",
    "followups:sign_off_exceptions": "followups.sign_off_exceptions",
    "followups:material": "followups.view_asset",
    "followups:asset": "followups.view_asset",
    "followups:new_material": "followups.add_asset",
    "followups:change_asset": "followups.change_asset",
    "followups:retire_asset": "followups.change_asset",
    "followups:simulat": "followups.view_simulation",
    "followups:cancel_simulation": "followups.add_simulation",
    "retention:score": "retention.view_scoreversion",
    "retention:version": "retention.view_scoreversion",
    "retention:trial": "retention.view_scoreversion",
    "retention:new_draft": "retention.add_scoreversion",
    "retention:edit": "retention.change_scoreversion",
    "retention:what_if": "retention.change_scoreversion",
    "retention:backtest": "retention.change_scoreversion",
    "retention:publish_playbook": "retention.publish_playbooks",
    "retention:publish": "retention.publish_scores",
    "retention:playbook": "retention.view_playbook",
    "retention:experiment_design": "retention.publish_playbooks",
    "retention:experiment": "retention.view_playbook",
    "retention:create_playbook": "retention.add_playbookversion",
    "retention:new_playbook_version": "retention.add_playbookversion",
    "retention:clone_playbook": "retention.add_playbookversion",
    "retention:pause_playbook": "retention.pause_playbooks",
    "retention:resume_playbook": "retention.pause_playbooks",
    "retention:scale_playbook": "retention.scale_playbooks",
    "retention:retire_playbook": "retention.change_playbookversion",
    "retention:decide_experiment": "retention.decide_experiments",
    "retention:pause_enrolment": "retention.change_enrolments",
    "retention:resume_enrolment": "retention.change_enrolments",
    "retention:stop_enrolment": "retention.change_enrolments",
    "retention:capacity": "retention.view_playbook",
    "retention:set_capacity_rules": "retention.change_capacityrules",
    "retention:set_capacity": "retention.change_workcapacity",
    "retention:add_absence": "retention.view_playbook",
    "retention:end_absence": "retention.view_playbook",
}


@pytest.mark.django_db
@pytest.mark.parametrize("role", Role)
def test_pages_of_managers_are_closed_to_others(client: Client, role: Role) -> None:
    user = make_user(role)
    client.force_login(user)
    seen = 0
    for address in SITE:
        permission = next((needed for name, needed in NEEDS.items() if address.name.startswith(name)), "")
        if permission and not user.has_perm(permission):
            seen += 1
            for method in ("get", "post"):
                response = getattr(client, method)(address.path)
                assert response.status_code in {403, 404, 405}, f"{method} {address.path}"
    assert seen or role == Role.SDR_MANAGER


@pytest.mark.django_db
@pytest.mark.parametrize("role", [Role.CONCIERGE, *(rarely(role) for role in (*Role, None) if role != Role.CONCIERGE)])
def test_no_page_fails_for_anybody(client: Client, role: Role | None) -> None:
    """Whatever somebody may or may not do, the answer is a page or a refusal."""
    client.force_login(make_user(role) if role else make_user(is_superuser=True, is_staff=True))
    for address in SITE:
        response = client.get(address.path)
        assert response.status_code < 500 or address.name == "readyz", address.path
