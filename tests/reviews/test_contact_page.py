"""The page of a contact: who may see it, what stands at its head, and how its timeline is walked through."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from contacts import services as contacts
from contacts.models import Contact, Merge, SuspectedDuplicate
from contacts.services.duplicates import find_duplicates
from contacts.services.merging import merge
from contacts.states import Channel, Consent, SuppressionReason
from followups import services as followups
from retention.models import Customer, Score, ScoreOverride
from reviews.standing import standing_of
from staff.models import User
from tests.factories import make_team, make_user
from tests.reviews.pages import queries, signed_in, text_of
from tests.reviews.test_timeline import with_all_kinds
from tests.reviews.world import NOW, make_account, make_item, make_manager, make_owner

pytestmark = pytest.mark.django_db


def page(contact: Contact, query: str = "") -> str:
    return reverse("reviews:contact", args=[contact.pk]) + query


def status(user: User, contact: Contact) -> int:
    return int(signed_in(user).get(page(contact)).status_code)


def make_contact(name: str = "Marta Lindqvist", **fields: object) -> Contact:
    return contacts.create_contact(name=name, **fields)  # type: ignore[arg-type]


class TestWhoMaySeeIt:
    def test_whoever_may_see_a_customer_of_theirs(self) -> None:
        team = make_team()
        contact = make_contact()
        Customer.objects.create(external_id="c-1", contact=contact, owner=make_owner(team))
        assert status(make_owner(team), contact) == 200
        assert status(make_owner(make_team()), contact) == 404

    def test_whoever_may_see_a_lead_of_theirs(self) -> None:
        team = make_team()
        contact = make_contact()
        followups.create_lead(external_id="l-1", contact=contact, owner=make_owner(team), stage="new")
        assert status(make_owner(team), contact) == 200
        assert status(make_owner(make_team()), contact) == 404

    def test_whoever_may_see_a_message_to_them(self) -> None:
        owner = make_owner()
        draft = make_item(make_owner())
        lead = draft.attempt.lead
        draft.owner = owner
        draft.save(update_fields=["owner"])
        assert status(owner, draft.contact) == 200
        assert lead.owner is not None
        assert status(lead.owner, draft.contact) == 200
        assert status(make_owner(), draft.contact) == 404

    def test_whoever_looks_after_the_account(self) -> None:
        team = make_team()
        account = make_account()
        account.owner = make_owner(team)
        account.save()
        contact = make_contact(account=account)
        assert status(account.owner, contact) == 200
        assert status(make_owner(team), contact) == 200
        assert status(make_owner(), contact) == 404

    def test_the_managers_see_everybody(self) -> None:
        contact = make_contact()
        assert status(make_manager(), contact) == 200
        assert status(make_user("Retention manager"), contact) == 200
        assert status(make_owner(), contact) == 404

    def test_somebody_without_a_role_sees_nobody(self) -> None:
        assert status(make_user(), make_contact()) == 403

    def test_whoever_sees_the_survivor_sees_what_became_part_of_it(self) -> None:
        owner = make_owner()
        survivor, merged = make_contact(), make_contact("M. Lindqvist")
        followups.create_lead(external_id="l-1", contact=merged, owner=owner, stage="new")
        merge(survivor=survivor, merged=merged, key="person", reason="Same person", by=make_manager(), at=NOW)
        merged.refresh_from_db()
        assert status(owner, survivor) == 200
        assert status(owner, merged) == 200
        assert status(make_owner(), merged) == 404


class TestTheHead:
    def test_it_says_what_holds_on_every_channel_and_why(self) -> None:
        contact = make_contact(email="marta@north.example")
        by = make_manager()
        for channel, status_, source in (("email", "yes", "A form"), ("call", "no", "On the phone")):
            contacts.record_consent(
                contact=contact, channel=channel, status=status_, source=source, at=NOW - timedelta(days=3), by=by
            )
        contacts.suppress(
            contact=contact, channel=Channel.SMS, reason=SuppressionReason.OPTED_OUT, at=NOW, source="STOP"
        )
        said = {one.channel: one.sentence for one in standing_of(contact, now=NOW).permission}
        assert said["email"] == "Yes: they agreed on 17 May 2026 (A form)."
        assert said["call"] == "No: they refused on 17 May 2026 (On the phone); there is no phone number."
        assert said["sms"] == (
            "No: they opted out on 20 May 2026 (STOP); they never said whether we may, and unknown is no; "
            "there is no phone number."
        )
        assert said["push"] == "No: they never said whether we may, and unknown is no."

    def test_a_refusal_of_the_account_beats_consent(self) -> None:
        contact = make_contact(email="marta@north.example", account=make_account())
        contacts.record_consent(contact=contact, channel="email", status=Consent.YES, source="A form", at=NOW)
        contacts.suppress(account=contact.account, channel="all", reason=SuppressionReason.LEGAL, at=NOW)
        (email,) = [one for one in standing_of(contact, now=NOW).permission if one.channel == "email"]
        assert not email.allowed
        assert email.sentence == "No: there is a legal reason on 20 May 2026, for the whole account."

    def test_it_shows_customers_with_the_band_that_holds_and_leads(self) -> None:
        owner = make_owner(name="Olga Owner")
        contact = with_all_kinds(owner)
        (customer,) = Customer.objects.filter(contact=contact)
        version = customer.score_changes.get().version
        Score.objects.create(
            customer=customer, version=version, as_of=NOW, band_since=NOW, total=72, recency=30, frequency=20,
            payment=22, engagement=0, support=0, raw_band="high", band="high",
        )  # fmt: skip
        # An override that runs in the clock of the page.
        ScoreOverride.objects.filter(customer=customer).update(expires_at="2100-01-01T00:00:00Z")
        words = text_of(signed_in(owner).get(page(contact)))
        assert f"{customer.external_id} Low Score 72 of 100" in words
        assert "Set by Olga Owner until 1 January 2100: They are on leave" in words
        assert "lead-" in words
        assert "Proposal" in words

    def test_former_addresses_stay_to_be_seen(self) -> None:
        contact = make_contact(email="old@north.example")
        contacts.set_address(contact=contact, kind="email", value="new@north.example")
        words = text_of(signed_in(make_manager()).get(page(contact)))
        assert "E-mail address new@north.example" in words
        assert "Formerly old@north.example" in words

    def test_a_merged_contact_leads_to_the_whole_one_and_that_one_back(self) -> None:
        manager = make_manager()
        survivor, merged = make_contact(), make_contact("M. Lindqvist")
        merge(survivor=survivor, merged=merged, key="person", reason="Same person", by=manager, at=NOW)
        client = signed_in(manager)
        there, back = (client.get(page(one)) for one in (merged, survivor))
        assert "This became part of another contact" in text_of(there)
        assert page(survivor) in there.content.decode()
        assert "Merged from M. Lindqvist" in text_of(back)
        assert page(merged) in back.content.decode()
        assert Merge.objects.get().survivor == survivor

    def test_two_of_the_same_name_are_told_apart_by_their_numbers(self) -> None:
        manager = make_manager()
        survivor, merged = make_contact(), make_contact()
        merge(survivor=survivor, merged=merged, key="person", reason="Same person", by=manager, at=NOW)
        words = text_of(signed_in(manager).get(page(survivor)))
        assert f"Marta Lindqvist: contact {merged.pk} became part of contact {survivor.pk}" in words

    def test_somebody_who_may_be_there_twice(self) -> None:
        account = make_account()
        one, other = (make_contact(name, account=account, phone="+441174960001") for name in ("Bo Berg", "B. Berg"))
        find_duplicates(now=NOW)
        pair = SuspectedDuplicate.objects.get()
        response = signed_in(make_manager()).get(page(one))
        assert "Perhaps the same person B. Berg Same phone number" in text_of(response)
        assert reverse("contacts:duplicate", args=[pair.pk]) in response.content.decode()
        owner = make_owner()
        followups.create_lead(external_id="l-1", contact=other, owner=owner, stage="new")
        response = signed_in(owner).get(page(other))
        assert "Perhaps the same person Bo Berg" in text_of(response)
        assert reverse("contacts:duplicate", args=[pair.pk]) not in response.content.decode()

    def test_a_contact_without_anything_says_so(self) -> None:
        words = text_of(signed_in(make_manager()).get(page(contacts.create_contact(name=""))))
        assert "Nothing has happened yet" in words
        assert "None is known" in words


class TestTheTimeline:
    def test_it_is_walked_through_page_by_page_and_keeps_its_filter(self) -> None:
        contact = make_contact()
        for number in range(90):
            contacts.record_touch(
                contact=contact,
                at=NOW - timedelta(hours=number),
                direction="in",
                kind="message",
                summary=f"Line {number}",
            )
            contacts.record_touch(contact=contact, at=NOW - timedelta(hours=number), direction="out", kind="call")
        client, address, read = signed_in(make_manager()), page(contact, "?kind=conversation&from=in"), []
        for _ in range(3):
            response = client.get(address)
            read += re.findall(r"Line (\d+)\b", text_of(response))
            following = re.search(r'href="(\?[^"]*after=[^"]*)" rel="next"', response.content.decode())
            address = page(contact, following.group(1).replace("&amp;", "&")) if following else ""
        assert address == ""
        assert [int(number) for number in read] == list(range(90))

    def test_an_unknown_filter_or_place_shows_everything_from_the_start(self) -> None:
        contact = make_contact()
        contacts.record_touch(contact=contact, at=NOW, direction="in", kind="message", summary="Hello")
        client = signed_in(make_manager())
        for query in ("?kind=odd", "?from=odd", "?after=odd", "?kind=events&from=in"):
            response = client.get(page(contact, query))
            assert response.status_code == 200
            assert ("Hello" in text_of(response)) is ("events" not in query)

    def test_events_of_a_day_open_without_javascript(self) -> None:
        contact = make_contact()
        for hour in (1, 2, 3):
            contacts.record_event(contact=contact, name="app_opened", occurred_at=NOW - timedelta(hours=hour))
        html = signed_in(make_manager()).get(page(contact)).content.decode()
        assert "<summary>App opened, 3 times</summary>" in html

    def test_a_page_costs_the_same_however_much_there_is(self) -> None:
        manager = make_manager()
        client, contact = signed_in(manager), with_all_kinds(make_owner())
        before = queries(client, page(contact))
        for number in range(50):
            at = NOW - timedelta(hours=number)
            contacts.record_touch(contact=contact, at=at, direction="out", kind="message", summary=f"Message {number}")
            contacts.record_event(contact=contact, name="visit_logged", occurred_at=at)
            contacts.set_address(contact=contact, kind="email", value=f"marta{number}@else.example")
        assert queries(client, page(contact)) == before

    def test_what_somebody_may_not_open_is_no_link(self) -> None:
        contact = with_all_kinds(make_owner(make_team("A")))
        customer = Customer.objects.get(contact=contact)
        concierge = make_user("Concierge", team=User.objects.get(customers=customer).team)
        html = signed_in(concierge).get(page(contact)).content.decode()
        assert "/reviews/" not in html
        assert f"/leads/{contact.leads.get().pk}/" in html
