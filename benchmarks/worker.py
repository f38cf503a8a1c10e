"""What a worker does when it sends, and nothing else: rounds of delivery until nothing waits."""

from __future__ import annotations

import sys

import django


def main() -> None:
    django.setup()
    from django.utils import timezone

    from outreach.models import Draft
    from outreach.services import deliver_due
    from outreach.tasks import MOST_PER_ROUND

    Draft.objects.exists()  # the connection is there before the word is given
    print("ready", flush=True)
    sys.stdin.readline()
    while Draft.objects.approved_due(timezone.now()).exists():
        deliver_due(now=timezone.now(), limit=MOST_PER_ROUND)


if __name__ == "__main__":
    main()
