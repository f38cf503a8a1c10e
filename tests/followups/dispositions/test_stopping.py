"""One line says why following up stopped: who, when, what it is called, in whose words, and when it went on."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from followups.rules import Stop, say_stop

AT = datetime(2018, 5, 3, 23, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("stop", "line"),
    [
        (Stop(AT), "Stopped on 3 May 2018."),
        (Stop(AT, what="Stopped", by="Ida Berg"), "Stopped on 3 May 2018 by Ida Berg."),
        (Stop(AT, what="Stopped", words="They moved."), "Stopped on 3 May 2018: They moved."),
        (Stop(AT, what="No response", words="No response."), "Stopped on 3 May 2018: No response."),
        (Stop(AT, what="No response", words="Closed: no response."), "Stopped on 3 May 2018: No response."),
        (
            Stop(AT, what="No budget now", words="Ask\n again?", by="Ida", until=date(2018, 10, 1)),
            "Stopped on 3 May 2018 by Ida: No budget now. Ask again? Comes back on 1 October 2018.",
        ),
        (
            Stop(AT, what="Won", until=date(2018, 10, 1), back_at=datetime(2018, 6, 4, tzinfo=UTC)),
            "Stopped on 3 May 2018: Won. Came back on 4 June 2018.",
        ),
        (Stop(AT, words="They wrote “later…”"), "Stopped on 3 May 2018: They wrote “later…”."),
        (Stop(AT, words="Cut…"), "Stopped on 3 May 2018: Cut…"),
    ],
)
def test_the_line(stop: Stop, line: str) -> None:
    assert say_stop(stop) == line
