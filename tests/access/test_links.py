"""Pages name what other teams hold about the same person. They link to it only where the link opens."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta

import pytest
from django.urls import reverse

from contacts import services as contacts
from contacts.models import Contact
from contacts.states import Channel, Consent
from followups import services as followups
from outreach.models import Draft, Reply
from retention.models import Customer, Enrolment, StepRun
from staff.models import User
from tests.factories import make_team, make_user
from tests.outreach.calls.making import make_call
from tests.reviews.pages import signed_in
from tests.reviews.test_timeline import with_all_kinds
from tests.reviews.world import NOW, make_item, make_owner

pytestmark = pytest.mark.django_db


def reply_of(owner: User, contact: Contact, draft: Draft) -> Reply:
    touch = contacts.record_touch(contact=contact, at=NOW, direction="in", kind="answer", summary="Later")
    return Reply.objects.create(
        contact=contact, touch=touch, owner=owner, draft=draft, at=NOW, channel="email", text="Later, please",
        label="question", confidence="0.9", status="open",
    )  # fmt: skip


def callable_now(contact: Contact) -> Contact:
    contacts.record_consent(contact=contact, channel=Channel.CALL, status=Consent.YES, source="A form", at=NOW)
    return contact


def both_hold(theirs: User, ours: User) -> dict[str, str]:
    """Pages of ours, each of which names a thing of theirs; only the lead on the contact's page is ours as well."""
    shared = callable_now(with_all_kinds(theirs))
    make_call(shared, owner_id=theirs.pk)
    reply_of(theirs, shared, shared.drafts.get())
    followups.create_lead(external_id="ours", contact=shared, owner=ours, stage="new")

    given_to_us, given_to_them, foreign = make_item(theirs), make_item(ours), make_item(theirs)
    Draft.objects.filter(pk=given_to_us.pk).update(owner=ours)
    Draft.objects.filter(pk=given_to_them.pk).update(owner=theirs)
    call = make_call(callable_now(foreign.contact), owner_id=ours.pk)
    plan = followups.plan_touch(
        contact=foreign.contact, lead=foreign.attempt.lead, kind="task", title="Send the plan",
        at=NOW + timedelta(days=900), for_whom=ours, by=theirs, now=NOW,
    )  # fmt: skip
    assert plan.for_whom == ours

    customer = Customer.objects.create(external_id="ours", contact=shared, owner=ours)
    (waits,) = Enrolment.objects.filter(contact=shared)
    steps = waits.version.steps.order_by("position")[:2]
    Enrolment.objects.filter(pk=waits.pk).update(customer=customer)
    StepRun.objects.create(enrolment=waits, step=steps[0], outcome="drafted", at=NOW, due_at=NOW, draft=foreign)
    StepRun.objects.create(
        enrolment=waits, step=steps[1], outcome="called", at=NOW, due_at=NOW, call=shared.calls.get()
    )
    return {
        "contact": reverse("reviews:contact", args=[shared.pk]),
        "item": reverse("reviews:item", args=[given_to_us.pk]),
        "lead": reverse("followups:lead", args=[given_to_them.attempt.lead.pk]),
        "reply": reverse("outreach:reply", args=[reply_of(ours, foreign.contact, foreign).pk]),
        "call": reverse("reviews:call", args=[call.pk]),
        "plans": reverse("followups:plans"),
        "customer": reverse("retention:customer", args=[customer.pk]),
    }


def opened(user: User, pages: Mapping[str, str]) -> dict[str, set[str]]:
    """The single rows that each page links to, by kind, after every link was followed: each answers."""
    client, found = signed_in(user), {}
    for name, address in pages.items():
        answer = client.get(address)
        if answer.status_code != 200:
            continue
        links = set(re.findall(r'href="(/[^"?#]+)"', answer.content.decode().split("<main", 1)[1]))
        assert {link: client.get(link).status_code for link in links} == dict.fromkeys(links, 200), name
        found[name] = {link.split("/")[1] for link in links if re.search(r"^/[a-z]+/\d+/$", link)}
    return found


def test_a_link_never_leads_to_a_refusal() -> None:
    theirs, team = make_owner(make_team("Theirs")), make_team("Ours")
    ours = make_owner(team)
    pages = both_hold(theirs, ours)
    assert opened(ours, pages) == {
        "contact": {"leads", "contacts", "customers"},
        "item": {"reviews", "contacts"},
        "lead": {"contacts"},
        "reply": set(),
        "call": set(),
        "plans": set(),
        "customer": {"contacts", "playbooks"},
    }
    everything = opened(make_user("SDR manager"), pages)
    assert everything["contact"] == {"leads", "reviews", "customers", "calls", "replies", "contacts"}
    assert everything["lead"] == everything["reply"] == {"reviews", "contacts"}
    assert everything["customer"] >= {"reviews", "calls"}
    for role in ("Retention manager", "Concierge", "Account owner"):
        assert "contact" in opened(make_user(role, team=team), pages)
