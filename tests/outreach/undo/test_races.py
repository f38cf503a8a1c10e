"""Taking an approval back at the very moment at which the message leaves, or its reader says stop."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contacts.models import ActiveSuppression
from outreach import services
from outreach.models import Draft
from outreach.services import Refused, Result
from outreach.states import DraftStatus
from tests.factories import make_user
from tests.outreach.races import race
from tests.outreach.world import NOW, make_contact, make_draft

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.trial]
HOLD = timedelta(seconds=60)


def test_it_leaves_or_is_taken_back_never_both() -> None:
    """Two clocks that disagree by a second: for one the time is over, for the other it is not."""
    owner = make_user("Account owner")
    for _ in range(25):
        draft = make_draft(make_contact(), owner)
        services.approve(draft_id=draft.pk, fingerprint=draft.fingerprint, by=owner, now=NOW, hold=HOLD)
        sent, back = race(
            lambda: services.deliver_one(draft.pk, NOW + HOLD),  # noqa: B023 - joined before the next round
            lambda: services.take_back(draft_id=draft.pk, by=owner, now=NOW + HOLD - timedelta(seconds=1)),  # noqa: B023
        )
        status = Draft.objects.get(pk=draft.pk).status
        taken_back = isinstance(back, Draft)
        assert taken_back or isinstance(back, Refused), back
        assert (sent == Result.SENT) != taken_back, (sent, back)
        assert status == (DraftStatus.AWAITING_REVIEW if taken_back else DraftStatus.SENT)


def test_an_opt_out_at_the_same_moment_always_holds() -> None:
    owner = make_user("Account owner")
    for _ in range(15):
        draft = make_draft(make_contact(), owner)
        services.approve(draft_id=draft.pk, fingerprint=draft.fingerprint, by=owner, now=NOW, hold=HOLD)
        done, back = race(
            lambda: services.unsubscribe(token=draft.unsubscribe_token, now=NOW),  # noqa: B023 - joined below
            lambda: services.take_back(draft_id=draft.pk, by=owner, now=NOW),  # noqa: B023 - joined below
        )
        assert not isinstance(done, Exception), done
        assert isinstance(back, (Draft, Refused)), back
        assert Draft.objects.get(pk=draft.pk).status == DraftStatus.SUPPRESSED
        assert ActiveSuppression.objects.filter(contact_id=draft.contact_id).exists()
