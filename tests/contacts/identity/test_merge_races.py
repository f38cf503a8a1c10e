"""Merging at the same moment as others do, with real connections."""

from __future__ import annotations

from typing import Any

import pytest

from contacts.models import Contact, Merge
from contacts.services import Refused, suppress
from contacts.services.merging import merge, undo_merge
from contacts.states import MergeKey
from tests.contacts.identity.people import LATER, NOW, person, refusals
from tests.factories import make_user
from tests.outreach.races import race

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_two_merges_the_other_way_round_one_wins() -> None:
    user = make_user("SDR manager")
    for _round in range(3):
        one, other = person(), person()
        why: dict[str, Any] = {"key": MergeKey.PERSON, "reason": "Same person", "by": user, "at": LATER}
        results = race(
            lambda: merge(survivor=one, merged=other, **why),  # noqa: B023  joined below
            lambda: merge(survivor=other, merged=one, **why),  # noqa: B023
        )
        assert {type(result) for result in results} == {Merge, Refused}, results
        assert Merge.objects.filter(survivor__in=[one, other]).count() == 1


def test_of_two_undoings_one_wins() -> None:
    user = make_user("SDR manager")
    made = merge(survivor=person(), merged=person(), key=MergeKey.PERSON, reason="Same", by=user, at=LATER)
    results = race(*[lambda: undo_merge(merge=made, by=user, at=LATER)] * 2)
    assert {type(result) for result in results} == {Merge, Refused}, results


def test_a_refusal_at_the_moment_of_a_merge_holds_for_who_remains() -> None:
    user = make_user("SDR manager")
    for _round in range(3):
        stays, goes = person(), person()
        results = race(
            lambda: merge(survivor=stays, merged=goes, key=MergeKey.PERSON, reason="Same", by=user, at=LATER),  # noqa: B023
            lambda: suppress(contact=goes, channel="all", reason="opted_out", at=NOW),  # noqa: B023
        )
        assert not [result for result in results if isinstance(result, Exception)], results
        assert ("email", "opted_out") in refusals(Contact.objects.get(pk=stays.pk))
