"""Each answer to intake closes what it was about, is kept, and is refused in words where it must be."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import Q

from contacts.models import ConsentRecord, Contact, SuspectedDuplicate
from contacts.services import record_consent, suppress
from contacts.services.duplicates import find_duplicates
from followups import services
from followups.conflicts import duplicates_of
from followups.evidence import Shelf, gather_batch
from followups.models import AssignmentRule, IntakeCase, Lead, PlannedTouch, Ruling
from followups.rules import owner_key, territory_key
from followups.services import intake
from followups.services.intake import Answered, StaleCase
from outreach.services import NotPermitted, Refused
from staff.models import AuditEntry, User
from tests.factories import make_team, make_user
from tests.followups.making import NOW, ago, make_account, make_contact, make_lead, owner_of, swept

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager() -> User:
    return make_user("SDR manager", name="Sunniva Dahl")


def case_of(lead: Lead) -> IntakeCase:
    """The open case of a lead, as a sweep leaves it."""
    swept(lead_ids=[lead.pk])
    return IntakeCase.objects.get(lead=lead, status="open")


def reasons_now(lead: Lead) -> list[str]:
    swept(lead_ids=[lead.pk])
    return [one for case in IntakeCase.objects.filter(lead=lead, status="open") for one in case.reasons]


def two_owners() -> Lead:
    return make_lead(contact=make_contact(account=make_account(owner=make_user("Account owner", name="Ada Lund"))))


def two_territories() -> Lead:
    return make_lead(territory="North", contact=make_contact(account=make_account(territory="South")))


def customer() -> Lead:
    account = make_account(owner=make_user("Account owner", name="Ada Lund"))
    lead = make_lead(existing_customer=True, contact=make_contact(account=account), owner=account.owner)
    return lead


def without_consent() -> Lead:
    return make_lead(contact=make_contact(consent=None, name="Bo Ek"))


def shared_mailbox() -> Lead:
    email = f"studio@twice{Contact.objects.count()}.example"
    make_contact(email=email, name="T. Akesson")
    return make_lead(contact=make_contact(email=email, name="Tilda Åkesson"))


def other_of(lead: Lead) -> Contact:
    [one] = duplicates_of([lead.pk])[lead.pk]
    assert one.contact_id is not None
    return Contact.objects.get(pk=one.contact_id)


def owners_key(lead: Lead) -> str:
    return owner_key(gather_batch([lead.pk], NOW, Shelf(NOW))[0].evidence)


def territories_key(lead: Lead) -> str:
    return territory_key(gather_batch([lead.pk], NOW, Shelf(NOW))[0].evidence)


def rule_for_everything(**fields: Any) -> AssignmentRule:
    return AssignmentRule.objects.create(**{"position": 1, **fields})


ANSWERS: dict[str, tuple[Callable[[], Lead], Callable[[Lead, dict[str, Any]], Answered]]] = {
    "two people": (
        shared_mailbox,
        lambda lead, who: intake.keep_apart(key=duplicates_of([lead.pk])[lead.pk][0].key, **who),
    ),
    "one person": (
        shared_mailbox,
        lambda lead, who: intake.merge_with(
            contact_id=other_of(lead).pk, keep="this", reason="One mailbox, one person.", **who
        ),
    ),
    "one person, the other stays": (
        shared_mailbox,
        lambda lead, who: intake.merge_with(
            contact_id=other_of(lead).pk, keep="other", reason="One mailbox, one person.", **who
        ),
    ),
    "the account's territory": (
        two_territories,
        lambda lead, who: intake.use_account_territory(seen=territories_key(lead), **who),
    ),
    "its own territory": (two_territories, lambda lead, who: intake.keep_territory(seen=territories_key(lead), **who)),
    "the account's owner": (two_owners, lambda lead, who: intake.give_to_account_owner(seen=owners_key(lead), **who)),
    "its own owner": (two_owners, lambda lead, who: intake.keep_owner(seen=owners_key(lead), **who)),
    "handed over": (customer, lambda lead, who: intake.hand_over(reason="", **who)),
    "allowed": (customer, lambda lead, who: intake.allow_customer(reason="Another studio of theirs.", **who)),
    "proof": (
        without_consent,
        lambda lead, who: intake.prove_consent(channel="email", source="Form at the fair", on=ago(3).date(), **who),
    ),
    "proof of today": (
        without_consent,
        lambda lead, who: intake.prove_consent(channel="email", source="A call", on=NOW.date(), **who),
    ),
    "to be asked": (without_consent, lambda lead, who: intake.ask(**who)),
    "dropped": (without_consent, lambda lead, who: intake.drop(reason="Nobody knows them.", **who)),
    "given": (
        lambda: make_lead(owner=None),
        lambda lead, who: intake.give(owner=make_user("Account owner"), **who),
    ),
}


def is_proven(lead: Lead) -> bool:
    record = ConsentRecord.objects.get(contact=lead.contact)
    facts = (record.status, record.source, str(record.recorded_by), record.recorded_at.date())
    return facts == ("yes", "Form at the fair", "Sunniva Dahl", ago(3).date())


def is_to_be_asked(lead: Lead) -> bool:
    task = PlannedTouch.objects.get(lead=lead)
    return (task.kind, task.for_whom, task.at) == ("task", lead.owner, NOW + timedelta(days=intake.DAYS_TO_ASK))


def nothing_else(lead: Lead) -> bool:
    return lead.disposition == ""


#: What holds of the lead afterwards, where the closed case alone does not tell.
CHANGED: dict[str, Callable[[Lead], bool]] = {
    "the account's territory": lambda lead: lead.territory == "South",
    "its own territory": lambda lead: lead.territory == "North",
    "the account's owner": lambda lead: str(lead.owner) == "Ada Lund",
    "its own owner": lambda lead: str(lead.owner) != "Ada Lund",
    "handed over": lambda lead: (lead.disposition, str(lead.owner)) == ("handed_over", "Ada Lund"),
    "dropped": lambda lead: (lead.disposition, lead.disposition_reason) == ("documented", "Nobody knows them."),
    "proof": is_proven,
    "to be asked": is_to_be_asked,
    "one person": lambda lead: lead.contact.name == "Tilda Åkesson",
    "one person, the other stays": lambda lead: lead.contact.name == "T. Akesson",
}


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_closes_its_case_and_is_kept(manager: User, name: str) -> None:
    make, act = ANSWERS[name]
    lead = make()
    case = case_of(lead)
    answered = act(lead, {"case_id": case.pk, "by": manager, "now": NOW})
    case.refresh_from_db()
    assert (case.status, case.settled_by, case.settled_at) == ("settled", manager, NOW)
    assert case.answer
    assert answered.done
    assert lead.pk in answered.lead_ids
    assert AuditEntry.objects.filter(action="followups.answer_intake", actor=manager, object_id=str(case.pk)).exists()
    swept(lead_ids=answered.lead_ids)
    assert not IntakeCase.objects.filter(lead=lead, status="open").exists()
    now = Lead.objects.select_related("owner", "contact").get(pk=lead.pk)
    assert CHANGED.get(name, nothing_else)(now)
    # A second answer finds nothing to answer any more, and says what was answered.
    with pytest.raises(StaleCase, match="Sunniva Dahl answered this before"):
        intake.drop(case_id=case.pk, reason="Late.", by=manager, now=NOW)


# One of each module: what refuses is the same for all.
@pytest.mark.parametrize("name", ["one person", "two people", "the account's owner", "handed over", "proof"])
def test_who_may_only_look_changes_nothing(name: str) -> None:
    make, act = ANSWERS[name]
    lead = make()
    case = case_of(lead)
    with pytest.raises(NotPermitted):
        act(lead, {"case_id": case.pk, "by": make_user("Concierge"), "now": NOW})
    case.refresh_from_db()
    assert case.status == "open"


def test_a_colleague_does_not_answer_for_the_owner() -> None:
    lead = two_territories()
    case = case_of(lead)
    colleague = make_user("Account owner", team=make_team())
    with pytest.raises(NotPermitted, match="They or their manager decide"):
        intake.keep_territory(case_id=case.pk, seen=territories_key(lead), by=colleague, now=NOW)


def test_a_lead_to_be_asked_about_comes_back_when_nobody_asked(manager: User) -> None:
    lead = without_consent()
    intake.ask(case_id=case_of(lead).pk, by=manager, now=NOW)
    assert swept(lead_ids=[lead.pk])[lead.external_id].decision.kind == "stand_down"
    later = NOW + timedelta(days=intake.DAYS_TO_ASK + 1)
    assert swept(later, lead_ids=[lead.pk])[lead.external_id].decision.reasons == ("consent_unclear",)
    assert IntakeCase.objects.filter(lead=lead, status="open").exists()


def test_one_answer_of_several_leaves_the_others_open_and_the_age_as_it_is(manager: User) -> None:
    account = make_account(territory="South")
    lead = make_lead(owner=None, territory="North", contact=make_contact(consent=None, account=account))
    case = case_of(lead)
    assert case.reasons == ["consent_unclear", "territory_conflict", "unowned"]
    intake.keep_territory(case_id=case.pk, seen=territories_key(lead), by=manager, now=NOW)
    case.refresh_from_db()
    assert (case.status, case.reasons) == ("open", ["consent_unclear", "unowned"])
    with pytest.raises(StaleCase, match="what is left to decide"):
        intake.keep_territory(case_id=case.pk, seen=territories_key(lead), by=manager, now=NOW)
    assert reasons_now(lead) == ["consent_unclear", "unowned"]
    assert IntakeCase.objects.get(lead=lead).opened_at == case.opened_at


def test_a_ruling_is_about_the_conflict_that_was_on_the_screen(manager: User) -> None:
    lead = two_owners()
    case, seen = case_of(lead), owners_key(lead)
    account = lead.contact.account
    assert account is not None
    account.owner = make_user("Account owner", name="Somebody new")
    account.save()
    with pytest.raises(StaleCase, match="The facts changed"):
        intake.keep_owner(case_id=case.pk, seen=seen, by=manager, now=NOW)
    with pytest.raises(StaleCase, match="The facts changed"):
        intake.give_to_account_owner(case_id=case.pk, seen=seen, by=manager, now=NOW)
    assert not Ruling.objects.exists()


def test_two_leads_of_one_contact_are_kept_apart_on_both_sides(manager: User) -> None:
    first = make_lead()
    second = make_lead(contact=first.contact, owner=owner_of(first))
    answered = intake.keep_apart(case_id=case_of(first).pk, key=f"duplicate:{second.external_id}", by=manager, now=NOW)
    assert set(answered.lead_ids) == {first.pk, second.pk}
    assert reasons_now(first) == reasons_now(second) == []


def test_a_noted_pair_is_dismissed_for_everybody_and_by_an_owner_for_the_lead_alone(manager: User) -> None:
    for by_manager in (True, False):
        lead = shared_mailbox()
        find_duplicates(now=NOW, contacts=[lead.contact_id])
        by = manager if by_manager else owner_of(lead)
        [one] = duplicates_of([lead.pk])[lead.pk]
        intake.keep_apart(case_id=case_of(lead).pk, key=one.key, by=by, now=NOW)
        pair = SuspectedDuplicate.objects.get(Q(first=lead.contact) | Q(second=lead.contact))
        assert pair.status == ("dismissed" if by_manager else "open")
        assert reasons_now(lead) == []


def test_the_keys_of_duplicates_are_those_of_the_evidence() -> None:
    """Another lead, a shared address without a pair, a pair that is noted, and one that was kept apart."""
    lead = shared_mailbox()
    make_lead(contact=lead.contact)
    noted = make_contact(name="Like", external_id=None)
    one, two = sorted([lead.contact_id, noted.pk])
    SuspectedDuplicate.objects.create(first_id=one, second_id=two, likeness=90, reason="phone", found_at=NOW)
    evidence = gather_batch([lead.pk], NOW, Shelf(NOW))[0].evidence
    found = duplicates_of([lead.pk])[lead.pk]
    assert {one.key for one in found} == {f"duplicate:{key}" for key in evidence.duplicate_of}
    assert len(found) == 3
    Ruling.objects.create(lead=lead, key=found[0].key, ruled_at=NOW, ruled_by=owner_of(lead))
    assert duplicates_of([lead.pk])[lead.pk] == found[1:]


@pytest.mark.parametrize(
    ("proof", "words"),
    [
        ({"channel": "push"}, "does not write there"),
        ({"channel": "sms"}, "no address of theirs for SMS"),
        ({"source": "  "}, "where the proof is"),
        ({"on": (NOW + timedelta(days=1)).date()}, "This day is ahead"),
        ({"on": ago(50).date()}, "An older proof does not count"),
    ],
)
def test_a_proof_that_proves_nothing_is_refused(manager: User, proof: dict[str, Any], words: str) -> None:
    lead = without_consent()
    record_consent(contact=lead.contact, channel="email", status="no", source="Call", at=ago(40))
    given = {"channel": "email", "source": "Form", "on": ago(3).date(), **proof}
    case = case_of(lead)
    with pytest.raises(Refused, match=words):
        intake.prove_consent(case_id=case.pk, by=manager, now=NOW, **given)
    case.refresh_from_db()
    assert case.status == "open"


def test_a_proof_does_not_lift_a_refusal(manager: User) -> None:
    lead = make_lead(contact=make_contact(consent=None, phone="+46701740605"))
    suppress(contact=lead.contact, channel="email", reason="opted_out", at=ago(2))
    case = case_of(lead)
    with pytest.raises(Refused, match="is stopped for this person"):
        intake.prove_consent(case_id=case.pk, channel="email", source="Form", on=NOW.date(), by=manager, now=NOW)


@pytest.mark.parametrize("name", ["dropped", "handed over"])
def test_a_lead_that_intake_ended_is_not_asked_about_again_until_it_is_open(manager: User, name: str) -> None:
    make, act = ANSWERS[name]
    lead = make()
    act(lead, {"case_id": case_of(lead).pk, "by": manager, "now": NOW})
    # Whatever is found out about it later: it is closed.
    services.add_note(lead=lead, text="They moved.", by=manager, now=NOW)
    assert reasons_now(lead) == []
    services.reopen(lead=lead, by=manager, now=NOW)
    assert reasons_now(lead) != []


def test_rules_decide_against_the_owner_of_the_account_too(manager: User) -> None:
    lead = two_owners()
    third = make_user("Account owner", name="Third")
    rule_for_everything(owner=third)
    answered, left = intake.hand_out_by_rule(case_ids=[case_of(lead).pk], by=manager, now=NOW)
    lead.refresh_from_db()
    assert (lead.owner, left, answered.lead_ids) == (third, {}, (lead.pk,))
    assert reasons_now(lead) == []


def test_in_bulk_the_leads_go_round_and_what_finds_nobody_stays_with_its_reason(manager: User) -> None:
    team = make_team()
    one, two = (make_user("Account owner", team=team) for _ in range(2))
    make_user("Concierge", team=team)
    rule_for_everything(team=team, most_open=2)
    leads = [make_lead(owner=None) for _ in range(5)]
    swept()
    cases = list(IntakeCase.objects.order_by("id").values_list("pk", flat=True))
    answered, left = intake.hand_out_by_rule(case_ids=cases, by=manager, now=NOW)
    assert answered.done == "4 leads found their owners."
    assert list(Lead.objects.filter(pk__in=answered.lead_ids).order_by("pk").values_list("owner", flat=True)) == [
        one.pk, two.pk, one.pk, two.pk,
    ]  # fmt: skip
    assert list(left) == [cases[4]]
    assert "everybody in its team has 2 open leads already" in left[cases[4]]
    assert AuditEntry.objects.filter(action="followups.assign", actor=manager).count() == 4
    assert reasons_now(leads[4]) == ["unowned"]
    # By hand within the team the same limit holds.
    _, left = intake.hand_out_in_turn(case_ids=[cases[4]], team=team, by=manager, now=NOW)
    assert "2 open leads already" in left[cases[4]]


def test_the_next_goes_to_who_got_one_least_recently(manager: User) -> None:
    team = make_team()
    one, two = (make_user("Account owner", team=team) for _ in range(2))
    first, second, third = (make_lead(owner=None) for _ in range(3))
    services.assign(lead=first, owner=one, by=manager, now=NOW)
    services.assign(lead=second, owner=two, by=manager, now=NOW)
    services.close_out(lead=first, disposition="documented", reason="Done.", by=manager, now=NOW)
    services.close_out(lead=second, disposition="documented", reason="Done.", by=manager, now=NOW)
    out = services.assign_in_turn(lead_ids=[third.pk], team=team, by=manager, now=NOW)
    assert out.given == {third.pk: one.pk}


def test_whom_an_owner_may_give_a_lead_to() -> None:
    team = make_team()
    owner = make_user("Account owner", team=team)
    near, far = make_user("Account owner", team=team), make_user("Account owner", team=make_team())
    lead = make_lead(owner=None)
    with pytest.raises(Refused, match="is in another team"):
        services.assign(lead=lead, owner=far, by=owner, now=NOW)
    with pytest.raises(Refused, match="does not work on leads"):
        services.assign(lead=lead, owner=make_user("Concierge", team=team), by=owner, now=NOW)
    with pytest.raises(NotPermitted, match="do not hand out leads"):
        services.assign_in_turn(lead_ids=[lead.pk], team=make_team(), by=owner, now=NOW)
    assert services.assign(lead=lead, owner=near, by=owner, now=NOW).owner == near


def test_keeping_owners_in_bulk_leaves_what_changed_meanwhile(manager: User) -> None:
    steady, moved = two_owners(), two_owners()
    seen = {case_of(lead).pk: owners_key(lead) for lead in (steady, moved)}
    Lead.objects.filter(pk=moved.pk).update(owner=make_user("Account owner"))
    answered, left = intake.keep_owners(seen=seen, by=manager, now=NOW)
    assert answered.lead_ids == (steady.pk,)
    assert ["The facts changed" in reason for reason in left.values()] == [True]
