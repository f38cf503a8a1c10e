import pytest

from outreach.gates import ColleagueMessage, colleague
from tests.outreach.gates.messages import BODY, marked, message

OTHER = "Hello Anna,\n\nThe studio has a new floor. Would you like to see it?\n\nTom Reed"


@pytest.mark.parametrize(
    ("text", "days_ago", "severity", "says"),
    [
        (BODY, 0, "block", "Tom Reed wrote nearly the same to them on 3 May 2026"),
        (BODY, 300, "block", "Tom Reed"),
        (BODY.replace("It has. Shall I keep", "There is. May I keep"), 30, "block", "nearly the same"),
        (OTHER, 0, "review", "Tom Reed wrote to them on 3 May 2026"),
        (OTHER, 7, "review", "Read it first"),
        (OTHER, 8, None, ""),
        ("", 2, "review", "Read it first"),
    ],
)
def test_what_a_colleague_sent(text: str, days_ago: int, severity: str | None, says: str) -> None:
    facts = message(colleagues_messages=(ColleagueMessage(text, "Tom Reed", "3 May 2026", days_ago),))
    findings = colleague.check(facts)
    assert [one.severity for one in findings] == ([severity] if severity else [])
    assert all(says in one.message for one in findings)
    if severity == "block":
        assert marked(findings[0], facts)[0].startswith("You asked")


def test_nobody_else_wrote() -> None:
    assert colleague.check(message()) == []
