"""Two who answer at the same moment, with two real connections: one is first, the other is told."""

from __future__ import annotations

import pytest

from followups.models import AssignmentRule, IntakeCase, Lead
from followups.services import intake
from followups.services.intake import StaleCase
from staff.models import AuditEntry
from tests.factories import make_team, make_user
from tests.followups.making import NOW, make_contact, make_lead, owner_of, swept
from tests.followups.test_sweep_races import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.trial]


def test_of_two_answers_to_one_case_one_counts() -> None:
    manager = make_user("SDR manager")
    for _ in range(4):
        lead = make_lead(contact=make_contact(consent=None))
        swept(lead_ids=[lead.pk])
        case = IntakeCase.objects.get(lead=lead)

        def drop(case_id: int = case.pk) -> None:
            intake.drop(case_id=case_id, reason="Nobody knows them.", by=manager, now=NOW)

        def prove(case_id: int = case.pk, lead: Lead = lead) -> None:
            intake.prove_consent(
                case_id=case_id, channel="email", source="Form", on=NOW.date(), by=owner_of(lead), now=NOW
            )

        wrong = at_once(drop, prove)
        assert [type(error) for error in wrong] == [StaleCase]
        case.refresh_from_db()
        lead.refresh_from_db()
        dropped = case.answer == "Dropped."
        assert (lead.disposition == "documented") is dropped
        assert lead.contact.consents.exists() is not dropped
        assert AuditEntry.objects.filter(action="followups.answer_intake", object_id=str(case.pk)).count() == 1


def test_what_two_hand_out_at_once_counts_for_both() -> None:
    manager, team = make_user("SDR manager"), make_team()
    takers = [make_user("Account owner", team=team) for _ in range(2)]
    AssignmentRule.objects.create(position=1, team=team, most_open=2)
    for _ in range(6):
        make_lead(owner=None)
    swept()
    cases = list(IntakeCase.objects.order_by("id").values_list("pk", flat=True))
    wrong = at_once(
        lambda: intake.hand_out_by_rule(case_ids=cases[:3], by=manager, now=NOW),
        lambda: intake.hand_out_by_rule(case_ids=cases[3:], by=manager, now=NOW),
    )
    assert wrong == []
    assert [Lead.objects.filter(owner=taker).count() for taker in takers] == [2, 2]
