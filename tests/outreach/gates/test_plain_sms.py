import pytest

from outreach.gates import plain_sms
from tests.outreach.gates.messages import marked, message


@pytest.mark.parametrize(
    ("body", "approved", "name", "severity", "marks"),
    [
        ("Hello Anna, it works with €5 and [brackets]. äöüß @ ~", "", "", None, []),
        ("Hello Łukasz", "", "", "note", ["Ł"]),
        ("It’s ok…", "", "", "note", ["’", "…"]),
        ("Łukasz " + "a" * 100, "", "", "review", ["Ł"]),
        ("Łukasz " + "a" * 100, "", "Łukasz", "note", ["Ł"]),
        ("Łukasz " + "a" * 100, "Dear Ł", "", "note", ["Ł"]),
        ("a" * 150 + "😀", "", "", "review", ["😀"]),
        ("a" * 69 + "😀", "", "", "review", ["😀"]),
        ("a" * 68 + "😀", "", "", "note", ["😀"]),
    ],
)
def test_each_letter_outside_the_set_is_marked(
    body: str, approved: str, name: str, severity: str | None, marks: list[str]
) -> None:
    facts = message(channel="sms", body=body, approved_text=approved, recipient_first_name=name)
    findings = plain_sms.check(facts)
    assert [one.severity for one in findings] == ([severity] if severity else [])
    assert [mark for one in findings for mark in marked(one, facts)] == marks


def test_it_says_what_they_cost() -> None:
    (finding,) = plain_sms.check(message(channel="sms", body="Ł" + "a" * 100))
    assert "With them the text takes 2 segments, without them 1 segment." in finding.message


def test_only_text_messages_are_looked_at() -> None:
    assert plain_sms.check(message(channel="email", body="Łukasz " + "a" * 100)) == []
