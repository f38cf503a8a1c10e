"""Every page, light and dark, wide and on a phone: a silent console, no objection of axe, nothing sticks out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.files.base import ContentFile
from django.db.models import Model
from django.urls import get_resolver, reverse
from django.utils import timezone

from contacts.ingest import inbox
from contacts.ingest.messages import open_envelope
from contacts.models import Contact, DeadLetter, EventSource, ImportFile
from contacts.services import create_source
from contacts.urls import CALLS
from followups.models import Cadence, CadenceVersion, Lead
from outreach import services as outreach
from outreach.models import Brand, Draft, Template, Topic
from outreach.services import controlling as control
from outreach.states import DraftStatus
from reviews import services as reviews
from reviews.imports import services as imports
from staff.models import Team, User
from tests.browser.cadence_pages import CADENCE_PAGES
from tests.browser.call_pages import CALL_PAGES, NO_PAGE_OF_CALLS, POSTED_TO_CALLS, rare_calls
from tests.browser.decision_pages import (
    DECISION_PAGES,
    NO_PAGE_OF_DECISIONS,
    POSTED_TO_SUGGESTIONS,
    rare_suggestions,
)
from tests.browser.dry_run_pages import DRY_RUN_PAGES, POSTED_TO_DRY_RUNS, rare_dry_runs
from tests.browser.eyes import EVERY_PAGE, GO_DARK, PHONE, WIDE, Eyes, Site, findings, picture, too_wide
from tests.browser.ground_pages import GROUND_PAGES, POSTED_TO_GROUND, rare_exceptions
from tests.browser.insight_pages import INSIGHT_PAGES, NO_PAGE_OF_INSIGHT, POSTED_TO_INSIGHT, rare_pilot
from tests.browser.intake_pages import INTAKE_PAGES, POSTED_TO_INTAKE, rare_cases
from tests.browser.merge_pages import MERGE_PAGES, POSTED_TO_MERGES, rare_merges
from tests.browser.notice_pages import NO_PAGE_OF_NOTICES, NOTICE_PAGES, rare_notices
from tests.browser.plan_pages import PLAN_PAGES, POSTED_TO_PLANS, rare_plans
from tests.browser.playbook_pages import PLAYBOOK_PAGES, POSTED_TO_PLAYBOOKS, rare_playbooks
from tests.browser.queue_pages import NO_PAGE_OF_QUEUE, POSTED_TO_QUEUE, QUEUE_PAGES, rare_views
from tests.browser.reply_pages import POSTED_TO_REPLIES, REPLY_PAGES, rare_replies
from tests.browser.score_pages import POSTED_TO_SCORES, SCORE_PAGES, rare_trials
from tests.browser.seldom import SELDOM
from tests.browser.simulation_pages import POSTED_TO_SIMULATIONS, SIMULATION_PAGES, rare_simulations
from tests.browser.workbench_pages import NO_PAGE_OF_WORKBENCH, POSTED_TO_ITEMS, WORKBENCH_PAGES
from tests.conventions.test_urls_guarded import HOOKS, PRODUCT

pytestmark = [pytest.mark.browser, pytest.mark.django_db]

LEADS = (
    b"id,contact_email,contact_name,stage,value\n"
    b"new-1,ines@brightquay.example,Ines Duarte,proposal,12000\n"
    b"new-2,nobody,Bo,odd,1\n"
)


def address(name: str, *args: Any, query: str = "") -> str:
    return reverse(name, args=args) + query


def the(name: str, query: str = "") -> Callable[[], str]:
    """The address of a page that needs nothing to stand on."""
    return lambda: address(name, query=query)


def draft_with(status: str) -> Callable[[], str]:
    """The item page of a draft in this state."""

    def find() -> str:
        return address("reviews:item", Draft.objects.filter(status=status).latest("id").pk)

    return find


def admin_page(model: type[Model], view: str = "change") -> Callable[[], str]:
    def find() -> str:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}_{view}"
        return address(name, model._default_manager.latest("id").pk) if view == "change" else address(name)

    return find


def blocked_item() -> str:
    return address("reviews:item", Draft.objects.filter(body__contains="just checking in").latest("id").pk)


def contact_page(query: str = "", **which: Any) -> str:
    """The timeline of the last contact of this kind."""
    found = Contact.objects.filter(**which).order_by("-id").first()
    assert found is not None
    return address("reviews:contact", found.pk, query=query)


NOTHING_KNOWN: dict[str, Any] = dict.fromkeys(
    (
        "consents",
        "touches",
        "leads",
        "customers",
        "events",
        "suppressions",
        "account__suppressions",
        "merges",
        "merged_as",
    ),
    None,
)


#: Name for the report, who looks, and where. A page that is missing here fails the test below.
def page_or_trial(page: tuple[str, str | None, Callable[[], str]]) -> Any:
    """Pages of the admin, which are Django's own but for colours, and pages that differ only a little from another one
    are looked at among the trials: those whose name has a comma, but for a few, and what few people open.
    """
    variant = ", " in page[0] and page[0] not in ALWAYS
    rarely = variant or page[0].startswith("password ") or " of a" in page[0] or page[0] in SELDOM
    return pytest.param(*page, id=page[0], marks=[pytest.mark.trial] if rarely else [])


ALWAYS = {"item, blocked", "contact, a lead", "reply, held", "import, preview"}


PAGES: list[tuple[str, str | None, Callable[[], str]]] = [
    ("sign-in", None, the("account_login")),
    ("password reset", None, the("account_reset_password")),
    ("password reset sent", None, the("account_reset_password_done")),
    ("password was reset", None, the("account_reset_password_from_key_done")),
    ("password reset link", None, lambda: address("account_reset_password_from_key", "1", "no-such-key")),
    ("no sign-up", None, the("account_signup")),
    ("inactive", None, the("account_inactive")),
    ("unsubscribe", None, lambda: address("outreach:unsubscribe", Draft.objects.sent()[0].unsubscribe_token)),
    ("preferences", None, lambda: address("outreach:preferences", Draft.objects.sent()[0].unsubscribe_token)),
    ("unsubscribe, unknown link", None, lambda: address("outreach:unsubscribe", "no-such-token")),
    ("home", "owner", the("reviews:home")),
    ("home of a manager", "manager", the("reviews:home")),
    ("home of a concierge", "concierge", the("reviews:home")),
    ("queue", "owner", the("reviews:queue")),
    ("queue of the team, filtered", "manager", the("reviews:queue", "?whose=team&channel=email")),
    ("empty queue", "manager", the("reviews:queue", "?whose=mine")),
    *NOTICE_PAGES,
    *QUEUE_PAGES,
    *WORKBENCH_PAGES,
    ("item", "owner", lambda: address("reviews:item", first_of("owner").pk)),
    ("item that is not mine", "tobias", lambda: address("reviews:item", first_of("owner").pk)),
    ("item, blocked", "manager", blocked_item),
    ("item, sent", "manager", draft_with(DraftStatus.SENT)),
    ("item, maybe sent", "manager", draft_with(DraftStatus.UNKNOWN)),
    ("item, not delivered", "manager", draft_with(DraftStatus.FAILED)),
    ("leads", "manager", the("followups:leads")),
    ("leads that were put off, filtered", "manager", the("followups:leads", "?disposition=recycle")),
    ("lead", "manager", lambda: address("followups:lead", Lead.objects.filter(attempts__isnull=False)[0].pk)),
    ("contact, a lead", "manager", lambda: address("reviews:contact", first_of("owner").contact_id)),
    ("contact, a customer", "retention", lambda: contact_page(customers__score__band="high")),
    (
        "contact, what we said",
        "retention",
        lambda: contact_page("?from=out&kind=events", customers__score__band="high"),
    ),
    ("contact, an event nobody counts", "retention", lambda: contact_page(events__name__kind__isnull=True)),
    ("contact of whom nothing is known", "manager", lambda: contact_page(**NOTHING_KNOWN)),
    ("contact that became part of another", "manager", lambda: contact_page(merged_into__isnull=False)),
    *SCORE_PAGES,
    ("event names", "retention", the("contacts:event_names")),
    ("outbox", "manager", the("outreach:outbox")),
    ("try a text", "manager", the("outreach:try_text")),
    ("sending", "manager", the("outreach:sending")),
    ("sending, to look at and to stop", "owner", the("outreach:sending")),
    ("admin, brand", "admin", admin_page(Brand)),
    ("admin, topics", "admin", admin_page(Topic, "changelist")),
    ("import", "manager", the("imports:start")),
    ("import, columns", "manager", lambda: address("imports:columns", ImportFile.objects.latest("id").pk)),
    ("import, preview", "manager", lambda: address("imports:detail", ImportFile.objects.latest("id").pk)),
    ("refused events", "admin", the("contacts:dead_letters")),
    ("refused events, none", "admin", the("contacts:dead_letters", "?status=discarded")),
    ("refused event", "admin", lambda: address("contacts:dead_letter", DeadLetter.objects.latest("id").pk)),
    ("sending events", "owner", the("contacts:api")),
    *GROUND_PAGES,
    *INSIGHT_PAGES,
    *INTAKE_PAGES,
    *MERGE_PAGES,
    *REPLY_PAGES,
    *CALL_PAGES,
    *PLAYBOOK_PAGES,
    *DRY_RUN_PAGES,
    *DECISION_PAGES,
    *PLAN_PAGES,
    *SIMULATION_PAGES,
    ("admin, new source", "admin", admin_page(EventSource, "add")),
    ("admin, source", "admin", admin_page(EventSource)),
    ("audit", "manager", the("staff:audit")),
    ("change password", "owner", the("account_change_password")),
    ("sign out", "owner", the("account_logout")),
    ("second factor", "owner", the("mfa_index")),
    ("403", "concierge", the("reviews:queue")),
    ("404", "owner", lambda: "/no/such/page/"),
    ("admin", "admin", the("admin:index")),
    ("admin, cadences", "admin", the("admin:followups_cadence_changelist")),
    ("admin, cadence", "admin", admin_page(Cadence)),
    ("admin, cadence version", "admin", admin_page(CadenceVersion)),
    *CADENCE_PAGES,
    ("admin, template", "admin", admin_page(Template)),
    ("admin, people", "admin", admin_page(User, "changelist")),
    ("admin, person", "admin", admin_page(User)),
    ("admin, new person", "admin", admin_page(User, "add")),
    ("admin, team", "admin", admin_page(Team)),
]

#: Addresses that are no page of their own, and why.
NO_PAGE = {
    **{f"contacts:receive_{name}": "takes events from machines" for name, _ in CALLS},
    "contacts:openapi": "a document for machines",
    "healthz": "plain text",
    "readyz": "plain text",
    "login": "leads to the sign-in",
    "staff:theme": "only takes a choice",
    "account_email": "leads to the password page",
    "account_email_verification_sent": "addresses are not verified by mail",
    "account_confirm_email": "addresses are not verified by mail",
    "account_confirm_login_code": "nobody signs in by code",
    "account_set_password": "leads to the password page for whoever has one",
    "account_reauthenticate": "only for whoever signed in long ago",
    "mfa_authenticate": "only in the middle of a sign-in",
    "mfa_reauthenticate": "only for whoever signed in long ago",
    "mfa_activate_totp": "asks to sign in again first: tests/staff",
    "mfa_deactivate_totp": "only for whoever has a second factor",
    "mfa_view_recovery_codes": "only for whoever has a second factor",
    "mfa_generate_recovery_codes": "only for whoever has a second factor",
    "mfa_download_recovery_codes": "plain text",
    "imports:refused": "a file",
    **NO_PAGE_OF_CALLS,
    **NO_PAGE_OF_INSIGHT,
    **NO_PAGE_OF_DECISIONS,
    **NO_PAGE_OF_NOTICES,
    **NO_PAGE_OF_QUEUE,
    **NO_PAGE_OF_WORKBENCH,
    **dict.fromkeys(HOOKS, "only providers call it: tests/outreach/inbound"),
    **dict.fromkeys(PRODUCT | {"outreach:api_openapi"}, "only the customer's product asks there: tests/outreach/api"),
}
POSTED = {
    "contacts": {
        "map_event_name",
        "replay_dead_letter",
        "discard_dead_letter",
        "reopen_dead_letter",
        "replay_dead_letters",
    }
    | POSTED_TO_MERGES,
    "reviews": {
        "approve",
        "edit",
        "suppress",
        "close_out",
        "settle",
        "review_again",
        "ask_for_texts",
        "use_text",
        "set_aside",
    }
    | POSTED_TO_CALLS
    | POSTED_TO_ITEMS
    | POSTED_TO_QUEUE
    | POSTED_TO_SUGGESTIONS,
    "followups": {
        "pause",
        "resume",
        "add_note",
        "close_out",
        "reopen",
        "stop_writing",
        "put_off",
        "take_over",
        "remind",
        "set_tags",
    }
    | POSTED_TO_GROUND
    | POSTED_TO_INSIGHT
    | POSTED_TO_INTAKE
    | POSTED_TO_PLANS
    | POSTED_TO_SIMULATIONS,
    "retention": POSTED_TO_SCORES | POSTED_TO_DRY_RUNS | POSTED_TO_PLAYBOOKS,
    "imports": {"confirm", "again", "discard"},
    "outreach": {
        "stop_sending",
        "lift_stop",
        "set_hours",
        *(f"{verb}_{what}" for verb in ("set", "remove") for what in ("cap", "rate", "warm_up")),
    }
    | POSTED_TO_REPLIES,
}


def first_of(username: str) -> Draft:
    found = Draft.objects.awaiting_review().filter(owner__username=username, channel="email").first()
    assert found is not None
    return found


@pytest.fixture(scope="module", autouse=True)
@cache
def rare_states(site: Site) -> None:
    """What the sample world does not show: an upload before its import, a blocked text, sending that broke off."""
    now = timezone.now()
    body = b'{"event": "class_attended", "messageId": "a-1", "properties": {"class": "Morning flow"}}'
    source, _ = create_source(name="Studio app")
    envelope = open_envelope("track", body)
    inbox.accept(source_id=source.pk, call="track", body=body, envelope=envelope, received_at=now)
    owner, manager = User.objects.get(username="owner"), User.objects.get(username="manager")
    upload = imports.upload(kind="leads", name="leads.csv", content=ContentFile(LEADS, "leads.csv"), by=manager)
    columns = {name: name for name in ("stage", "value")}
    columns |= {"external_id": "id", "email": "contact_email", "name": "contact_name"}
    imports.choose(import_file=upload, options={"mapping": columns}, by=manager)
    imports.check(upload.pk)
    # What a person edited in the sample world is stopped there already.
    written = Draft.objects.awaiting_review().filter(owner=owner, channel="email").exclude(writer="person")
    blocked, lost, refused = written.order_by("priority", "pk")[:3]
    text = blocked.body.replace("\n\n", "\n\nI am just checking in. ", 1)
    reviews.edit(
        draft_id=blocked.pk, fingerprint=blocked.fingerprint, subject=blocked.subject, body=text, by=owner, now=now
    )
    for draft in (lost, refused):
        reviews.approve(draft_id=draft.pk, fingerprint=draft.fingerprint, by=owner, now=now)
        # What a killed worker and a mail server that says no leave behind.
    Draft.objects.filter(pk=lost.pk).update(status=DraftStatus.SENDING, claimed_at=now - timedelta(hours=1))
    outreach.mark_lost_sends(now)
    # One switch is thrown, and one was lifted again.
    for scope in ("push", "in_app"):
        thrown = outreach.stop_sending(scope=scope, by=owner, reason="The texts need another look.", now=now)
    outreach.lift_stop(stop_id=thrown.pk, by=manager, reason="The texts are fine.", now=now)
    control.set_rate(provider="folder", per_minute=600, by=manager, now=now)
    control.set_warm_up(
        domain="rekindle.example", began_on=now.date(), first_day=5000, growth=Decimal("1.5"), most_a_day=0,
        by=manager, now=now,
    )  # fmt: skip
    Draft.objects.filter(pk=refused.pk).update(status=DraftStatus.FAILED, status_reason="The mailbox is full.")
    for rare in (
        rare_trials, rare_pilot, rare_merges, rare_cases, rare_exceptions, rare_replies,
        rare_calls, rare_playbooks, rare_dry_runs, rare_plans, rare_simulations, rare_views, rare_notices,
        rare_suggestions,
    ):  # fmt: skip
        rare()


@pytest.mark.parametrize(("name", "who", "where"), [page_or_trial(page) for page in PAGES])
def test_page(eyes: Eyes, name: str, who: str | None, where: Callable[[], str]) -> None:
    page = eyes.window(who)
    page.set_viewport_size(WIDE)
    page.goto(where())
    assert page.locator("h1").count() == 1
    assert findings(page) == []
    assert too_wide(page) == ""
    picture(page, f"{name}, light, wide", EVERY_PAGE)
    # Only the colours depend on the theme (`test_the_theme_is_the_one_chosen`), so the page need not be loaded again.
    page.set_viewport_size(PHONE)
    page.evaluate(GO_DARK)
    assert findings(page) == []
    assert too_wide(page) == ""
    picture(page, f"{name}, dark, phone", EVERY_PAGE)


@pytest.mark.parametrize(
    "path",
    ["/reviews/", *(pytest.param(path, marks=pytest.mark.trial) for path in ("/admin/", "/account/password/reset/"))],
)
def test_the_theme_is_the_one_chosen(eyes: Eyes, path: str) -> None:
    who = None if "reset" in path else "manager"
    for theme in ("light", "dark"):
        page = eyes.page(who, theme=theme)
        page.goto(path)
        assert page.locator(f"html[data-theme={theme}], body.theme-{theme}").count() == 1
        page.context.close()


def test_every_page_of_the_site_is_looked_at(site: Site) -> None:
    looked_at = {get_resolver().resolve(urlsplit(where()).path).view_name for name, _, where in PAGES if name != "404"}
    posted = {f"{namespace}:{name}" for namespace, names in POSTED.items() for name in names}
    assert set(names_of(get_resolver())) - looked_at - posted - set(NO_PAGE) == set()


def names_of(resolver: Any, namespace: str = "") -> Iterator[str]:
    """The names of all addresses but the admin's, which are the same for every model."""
    for pattern in resolver.url_patterns:
        if not hasattr(pattern, "url_patterns"):
            if pattern.name:
                yield f"{namespace}:{pattern.name}" if namespace else pattern.name
        elif pattern.namespace != "admin":
            yield from names_of(pattern, pattern.namespace or namespace)
