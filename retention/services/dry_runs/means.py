"""What people would have had time for, and what bands might still have got, at moments of a past period."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from retention.models import Enrolment
from retention.rules.playbooks.facts import Rules, Supply
from retention.services.capacity import QUOTA_DAYS, quotas, supply
from retention.states import Arm, Band


class Means:
    """The supply of a dry run. Nothing waits to be done: all time is free for what begins at a moment.

    The hours and absences are those that are set now for the days asked about. Contacts of a band are counted: those
    begun in the run, and real ones of the week before it.
    """

    def __init__(self, first: datetime) -> None:
        before = Enrolment.objects.filter(started_at__gt=first - timedelta(days=QUOTA_DAYS), started_at__lt=first)
        self.begun: list[tuple[Band, datetime]] = [
            (Band(band or Band.LOW), at)
            for band, at in before.exclude(arm=Arm.HOLDOUT).values_list("why__band", "started_at")
            if at is not None
        ]

    def note(self, band: Band, at: datetime) -> None:
        """Somebody of this band was let in."""
        self.begun.append((band, at))

    def supply(self, at: datetime, versions: Sequence[Rules]) -> Supply:
        """What could be begun at this moment."""
        since = at - timedelta(days=QUOTA_DAYS)
        self.begun = [one for one in self.begun if one[1] > since]
        whole = supply(at, versions)
        quota = {
            one.band: max(0, one.most - sum(1 for band, _ in self.begun if band == one.band))
            for one in quotas(at)
            if one.most is not None
        }
        return replace(whole, minutes=dict(whole.whole), quota=quota)
