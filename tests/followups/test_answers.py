"""An answer belongs to the lead that was written about."""

from __future__ import annotations

import pytest

from followups import services
from followups.models import LeadTouch
from followups.services.answers import take_up_answers
from tests.outreach.replies.test_replying import said
from tests.outreach.world import NOW, make_contact

pytestmark = pytest.mark.django_db


def test_an_answer_is_linked_once_to_the_open_lead() -> None:
    contact = make_contact()
    lead = services.create_lead(external_id="answers-1", contact=contact)
    services.create_lead(external_id="answers-2", contact=make_contact())
    reply = said("Does it work with our calendar?", contact=contact, sender=contact.addresses.get(kind="email").value)
    nobody = said("Fine.", contact=make_contact(), sender="x@elsewhere.example")
    assert take_up_answers(now=NOW) == [lead.pk]
    assert LeadTouch.objects.get(touch=reply.touch).lead == lead
    assert not LeadTouch.objects.filter(touch=nobody.touch).exists()
    assert take_up_answers(now=NOW) == []
