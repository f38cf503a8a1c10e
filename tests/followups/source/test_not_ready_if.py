"""The three states in which the source says that a company is not ready, by their numbers there."""

from __future__ import annotations

import pytest
from pytest_django import Settings

from followups import services
from followups.models import CadenceVersion, Decision, Lead
from followups.services.readiness import why_not_start
from followups.states import DecisionKind, Trigger
from outreach.models import Draft
from tests.followups.making import NOW, ago, day, draft_of, drafts_of, make_lead, owner_of, send
from tests.followups.source.acting import sweep_one

pytestmark = pytest.mark.django_db


def gaps() -> list[str]:
    return [gap.code for gap in why_not_start(NOW)]


def nothing_begins(lead: Lead) -> bool:
    """Whether a lead with a reason to write gets its decision, and no message."""
    assert sweep_one(lead).decision.kind is DecisionKind.CONTINUE
    assert Decision.objects.filter(lead=lead, decision="continue").exists()
    return not Draft.objects.filter(attempt__lead=lead).exists()


def test_not_ready_if_1_nobody_said_when_silence_begins() -> None:
    """Without a wait everybody is silent at once: nothing begins until a cadence says how many days it takes."""
    assert gaps() == []
    waits = {
        f"wait_{trigger.value}": getattr(CadenceVersion.objects.get(), f"wait_{trigger.value}") for trigger in Trigger
    }
    CadenceVersion.objects.update(**dict.fromkeys(waits, 0))
    assert gaps() == ["threshold"]
    lead = make_lead()
    assert nothing_begins(lead)
    CadenceVersion.objects.update(**waits)
    assert gaps() == []
    assert not nothing_begins(lead)


def test_not_ready_if_2_nobody_would_hear_of_an_opt_out_or_a_bounce(settings: Settings) -> None:
    """Real mail, a link that no contact can reach and no way for a bounce to come back: what is under way goes on."""
    under_way = make_lead(quote_sent_on=day(20))
    sweep_one(under_way, ago(12))
    send(draft_of(under_way), at=ago(12))
    services.add_note(lead=under_way, text="They move in June.", by=owner_of(under_way), now=ago(11))
    settings.EMAIL_URL = "smtp://mail.ours.example:587"
    settings.PUBLIC_URL = "http://localhost:8000"
    settings.IMAP_URL = settings.WEBHOOK_SECRET = ""
    assert gaps() == ["opt_outs", "bounces"]
    assert nothing_begins(make_lead())
    sweep_one(under_way)
    assert drafts_of(under_way) == ["sent", "awaiting_review"]
    settings.PUBLIC_URL = "https://rekindle.ours.example"
    assert gaps() == ["bounces"]
    assert nothing_begins(make_lead())
    settings.IMAP_URL = "imaps://reports@mail.ours.example"
    assert gaps() == []
    assert not nothing_begins(make_lead())


def test_not_ready_if_3_leads_contradict_themselves() -> None:
    """Won here and open there for weeks: nobody can say what a stage means, so nothing begins until they agree."""
    odd = make_lead()
    services.close_out(lead=odd, disposition="won", reason="They signed.", by=owner_of(odd), now=ago(20))
    assert gaps() == ["taxonomy"]
    lead = make_lead()
    assert nothing_begins(lead)
    Lead.objects.filter(pk=odd.pk).update(stage="won")
    assert gaps() == []
    assert not nothing_begins(lead)
