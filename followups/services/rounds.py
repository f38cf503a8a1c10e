"""The sweep by the clock: a round through all open leads that goes on where it was cut short."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import OperationalError
from django.utils import timezone

from followups.models import SweepRound
from followups.services.sweep import sweep

#: How far it is gets written down after so many leads. Those after it are looked at again when it is cut short, which
#: changes nothing.
KEEP_EVERY = 1_000
#: Rounds are forgotten after this time.
ROUNDS_KEPT = timedelta(days=30)


def sweep_round(*, now: datetime, clock: Callable[[], datetime] = timezone.now) -> int:
    """Look at every open lead, or at those that a round which was cut short has left. Returns how many.

    Call it from one process at a time. When something goes wrong with a lead the round is over, so that the next one
    looks at the leads before it again; only a round that was killed, or lost its database, goes on.
    """
    SweepRound.objects.filter(finished_at__lt=now - ROUNDS_KEPT).delete()
    found = SweepRound.objects.filter(finished_at=None).first()
    under_way = found or SweepRound.objects.create(began_at=now, seen_alive_at=clock())
    mine = SweepRound.objects.filter(pk=under_way.pk)
    here = 0
    try:
        for row in sweep(now=now, after=under_way.reached):
            here += 1
            if here % KEEP_EVERY == 0:
                mine.update(reached=row.external_id, done=under_way.done + here, seen_alive_at=clock())
    except OperationalError:
        # The database went away, and may be back for the next round, which goes on from here.
        raise
    except Exception:
        # Whatever it was, it is not hidden; but a round that goes on behind it would never see the leads before it.
        mine.update(finished_at=clock(), seen_alive_at=clock())
        raise
    mine.update(done=under_way.done + here, finished_at=clock(), seen_alive_at=clock())
    return here
