import pytest

from outreach.gates import guilt
from tests.outreach.gates.messages import marked, message

FIRES = {
    "I've tried to reach you several times.": "tried to reach you several times",
    "I called you three\ntimes": "called you three\ntimes",
    "since you ignored my mail": "you ignored my",
    "Since you have not replied, we stop.": "Since you have not replied",
    "I guess you’re not interested.": "I guess you’re not interested",
    "I GUESS YOU'RE NOT INTERESTED": "I GUESS YOU'RE NOT INTERESTED",
    "I assume you are no longer interested": "I assume you are no longer interested",
    "We'll assume you are not interested": "We'll assume you are not interested",
    "It seems you have lost interest.": "seems you have lost interest",
    "I am disappointed": "I am disappointed",
    "we're a bit disappointed": "we're a bit disappointed",
    "This is your last chance": "last chance",
    "per my last email": "per my last email",
    "As per my previous e-mail, yes": "As per my previous e-mail",
    "as I already mentioned": "as I already mentioned",
    "You never replied to me": "You never replied",
    "You didn't answer.": "You didn't answer",
    "This is my third e-mail": "This is my third e-mail",
    "my final attempt": "my final attempt",
    "Your silence says a lot": "Your silence",
    "I must have offended you": "I must have offended you",
    "Did I do something wrong?": "Did I do something wrong",
    "You must be too busy": "You must be too busy",
    "I feel you ghosted me": "you ghosted",
    "You are wasting my time": "wasting my time",
    "Don't miss out": "Don't miss out",
    "Have you given up on the plan?": "Have you given up on",
    "After all the time I put in": "After all the time",
    "Ich bin enttäuscht": "bin enttäuscht",
    "Ich habe mehrfach versucht, Sie zu erreichen": "mehrfach versucht",
    "dernière chance": "dernière chance",
    "Sauf erreur de ma part": "Sauf erreur de ma part",
    "última oportunidad": "última oportunidad",
    "Dit is uw laatste kans": "laatste kans",
}
INNOCENT = [
    "It seems you moved the date to May.",
    "When do we start?",
    "You asked whether the room is free on Tuesday.",
    "So that nobody is disappointed at the door, please book.",
    "Please ignore this message if it is settled.",
    "It is the last class of the term.",
    "You did not answer question 3 on the form",
    "Your last message named two dates.",
    "I tried the new studio and liked it.",
    "I will not write about this again.",
    "You are not interested in yoga only, you said, but in dance too.",
    "As you asked, here are the times.",
    "We meet several times a week.",
]


@pytest.mark.parametrize(("text", "words"), FIRES.items())
def test_a_reproach_is_blocked_and_marked(text: str, words: str) -> None:
    facts = message(body=text)
    (finding,) = guilt.check(facts)
    assert finding.severity == "block"
    assert words in marked(finding, facts)


@pytest.mark.parametrize("text", INNOCENT)
def test_innocent_sentences_pass(text: str) -> None:
    assert guilt.check(message(body=text, subject=text)) == []
