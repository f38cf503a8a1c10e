"""The language of what somebody typed, against the contact's locale."""

import pytest

from outreach.gates import language
from tests.outreach.gates.messages import marked, message

ENGLISH = "You asked whether the evening class has room for two people. There is room, and I can keep the places."
GERMAN = "Sie haben gefragt, ob im Abendkurs noch Platz für zwei Personen ist. Es ist Platz, ich halte ihn gern frei."
FRENCH = "Vous avez demandé s'il reste de la place pour deux personnes le soir. Il y en a, je peux la garder pour vous."
FOOTER = "\n\nJane Miller\n\nYou can stop these e-mails here: [[unsubscribe]]"


@pytest.mark.parametrize(
    ("text", "locale", "severity"),
    [
        (ENGLISH, "en-GB", None),
        (ENGLISH, "de-AT", "review"),
        (ENGLISH, "", None),
        (GERMAN, "de", None),
        (GERMAN, "de_DE.UTF-8", None),
        (GERMAN, "en", "review"),
        (FRENCH, "de", "review"),
        # Too short to be sure, or a language that is not guessed.
        ("Es geht, danke.", "en", None),
        (ENGLISH, "fi", None),
        # What is quoted from them is theirs.
        (f"You asked us: “{GERMAN}” Yes.", "en", None),
        ("https://example.com/seite-ueber-alles-was-wir-haben " * 4, "fr", None),
    ],
)
def test_typed_text(text: str, locale: str, severity: str | None) -> None:
    facts = message(body=f"{text}{FOOTER}", locale=locale, evidence_texts=(GERMAN,))
    findings = language.check(facts)
    assert [one.severity for one in findings] == ([severity] if severity else [])
    for finding in findings:
        assert marked(finding, facts)[0].startswith(text[:20])


@pytest.mark.parametrize(
    ("declared", "locale", "noted"), [("en", "de", True), ("de", "de-AT", False), ("", "de", False), ("en", "", False)]
)
def test_approved_wording_says_what_it_is_in_and_is_not_guessed(
    declared: str, locale: str, noted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(language, "_identifier", None)
    body = f"{ENGLISH}{FOOTER}"
    facts = message(body=body, approved_text=f"Subject\n{body}", language=declared, locale=locale)
    assert [one.severity for one in language.check(facts)] == (["note"] if noted else [])
