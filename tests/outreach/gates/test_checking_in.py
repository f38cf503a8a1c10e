import pytest

from outreach.gates import checking_in
from tests.outreach.gates.messages import marked, message

FIRES = {
    "Just checking in.": "Just checking in",
    "Hello, we are just checking\nin on this.": "just checking\nin",
    "JUST  CHECKING   IN": "JUST  CHECKING   IN",
    "Checking in on my proposal": "Checking in",
    "I wanted to check in with you": "wanted to check in",
    "I am checking in to see how it goes": "I am checking in",
    "Quick check-in": "Quick check-in",
    "Touching base.": "Touching base",
    "I wanted to touch base": "touch base",
    "circling back on this": "circling back",
    "following up on my last e-mail": "following up on my last e-mail",
    "I am following up on my previous message from last week.": "following up on my previous message from last week",
    "Just following up": "Just following up",
    "I wanted to follow up on this.": "wanted to follow up on this",
    "Hope all is well. Just following up on our proposal.": "Just following up on our proposal",
    "Have you had a chance to look at my proposal?": "had a chance to look at my proposal",
    "Any update?": "Any update",
    "Do you have any updates on the proposal?": "Do you have any updates",
    "Any thoughts?": "Any thoughts",
    "bumping this up": "bumping this",
    "I haven’t heard back from you": "haven’t heard back",
    "I havent heard back": "havent heard back",
    "I have not heard from you": "have not heard from you",
    "Have you had time? I have not received a reply.": "have not received a reply",
    "Still waiting for your reply": "Still waiting for your reply",
    "Did you get my last email?": "Did you get my last email",
    "In case you missed my last message": "In case you missed my last message",
    "A gentle reminder": "gentle reminder",
    "just check\u00ading in": "",
    "just check\u200bing in": "just check\u200bing in",
    "Ich wollte nur kurz nachfragen": "wollte nur kurz nachfragen",
    "Gibt es schon Neuigkeiten?": "Gibt es schon Neuigkeiten",
    "Ich habe noch nichts von Ihnen gehört": "noch nichts von Ihnen gehört",
    "Ich habe noch nichts von Ihnen geho\u0308rt": "noch nichts von Ihnen geho\u0308rt",
    "je me permets de vous relancer": "je me permets de vous relancer",
    "Avez-vous des nouvelles ?": "Avez-vous des nouvelles",
    "sans réponse de votre part": "sans réponse de votre part",
    "solo quería dar seguimiento": "solo quería dar seguimiento",
    "¿Alguna novedad?": "Alguna novedad",
    "Ik wilde even checken": "wilde even checken",
    "Nog niets van u gehoord": "Nog niets van u gehoord",
}
INNOCENT = [
    "Are you checking in at the hotel?",
    "Checking in at the studio takes a minute.",
    "Are you checking in to the hotel on Monday?",
    "The check-in desk opens at 8.",
    "You can check in online.",
    "Please keep in touch.",
    "When do we start?",
    "I wanted to follow up on your question: the room is free.",
    "Shall we follow up on the sketch together?",
    "Any questions?",
    "We follow up on every lesson with a note.",
    "Following up on my last e-mail, here is the answer about parking.",
    "We have not heard back from the landlord yet.",
    "Would you like to receive any updates about the class?",
    "Here is the news you asked about.",
    "The teacher checks in the evening whether the lights are off.",
]


@pytest.mark.parametrize(("text", "words"), FIRES.items())
def test_a_phrase_that_only_asks_for_attention_is_blocked_and_marked(text: str, words: str) -> None:
    facts = message(body=text)
    (finding,) = checking_in.check(facts)
    assert finding.severity == "block"
    assert marked(finding, facts) == [words or text]


@pytest.mark.parametrize("text", INNOCENT)
def test_innocent_sentences_pass(text: str) -> None:
    assert checking_in.check(message(body=text, subject=text)) == []


def test_the_subject_is_looked_at_too() -> None:
    facts = message(subject="Touching base")
    (finding,) = checking_in.check(facts)
    assert [span.field for span in finding.spans] == ["subject"]


def test_their_own_words_in_quotation_marks_are_not_ours() -> None:
    theirs = "Any update on the quote? We would like to start soon."
    body = "You asked: “Any update on the quote? We would like…” Here it is."
    assert checking_in.check(message(body=body, evidence_texts=(theirs,))) == []
    assert checking_in.check(message(body=body, evidence_texts=()))
    assert checking_in.check(message(body=body.replace("“", "").replace("”", ""), evidence_texts=(theirs,)))
