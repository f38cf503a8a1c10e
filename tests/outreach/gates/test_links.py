"""Links lead only where we know."""

import pytest

from outreach.gates import links
from tests.outreach.gates.messages import BODY, marked, message

OURS = ("rekindle.example", "docs.northlight.com", "müller-studio.com")

STOPPED = {
    "https://evil.example/pay": "https://evil.example/pay",
    "http://evil.example": "http://evil.example",
    "Pay at evil.example/pay now": "evil.example/pay",
    "See evil.com.": "evil.com",
    "See EVIL.COM, please": "EVIL.COM",
    "See www.evil.co.uk?": "www.evil.co.uk",
    "//evil.com/x": "//evil.com/x",
    "(evil.com)": "evil.com",
    "evil.unknownending/pay": "evil.unknownending/pay",
    "evil.com:8080": "evil.com:8080",
    # looks like ours, and is not
    "https://rekindle.example.evil.com": "https://rekindle.example.evil.com",
    "https://notrekindle.example": "https://notrekindle.example",
    "https://northlight.com": "https://northlight.com",
    # letters nobody sees, and marks that are read as points
    "https://ev\u200bil.com/a": "https://ev\u200bil.com/a",
    "e\u00advil.com": "e\u00advil.com",
    "ev\u202eil.com": "ev\u202eil.com",
    "evil。com": "evil。com",
    "ｅｖｉｌ．ｃｏｍ": "ｅｖｉｌ．ｃｏｍ",
    "https:\\\\evil.com": "https:\\\\evil.com",
    "http:/evil.com": "http:/evil.com",
    # no blank after a full stop: mail programs make a link of it
    "It is done.It works": "done.It",
}
TRICKS = {
    "https://rekindle.example@evil.com": "before the @",
    "https://rekindle.example:pw@evil.com/x": "before the @",
    "rekindle.example@evil.com/pay": "before the @",
    "https://rekindle.example\\@evil.com": "backslash",
    "https://192.168.1.1/pay": "figures",
    "192.168.1.1": "figures",
    "http://3232235777/": "figures",
    "http://0x7f.1/": "figures",
    "http://[::1]/": "figures",
    "https://bit.ly/x": "hides where it leads",
    "t.co/abc": "hides where it leads",
    "javascript:alert(1)": "run a program",
    "JavaScript : alert(1)": "run a program",
    "data:text/html,hello": "run a program",
    "ftp://rekindle.example/x": "that a browser opens",
    "https://rеkindle.example": "look alike",  # a Cyrillic letter
    "https://pаypal.com": "look alike",
}
INNOCENT = [
    "https://rekindle.example/u/x",
    "https://REKINDLE.example.",
    "See https://a.docs.northlight.com/page?x=1#y, and docs.northlight.com",
    "https://müller-studio.com and https://xn--mller-studio-dlb.com/plan",
    "Write to marta@northlight.com.",
    "Version 2.10.3 of 10.12.2024 at 14.30, e.g. i.e. z.B. u.a. at 3.30 p.m.",
    "It costs 1.200,50 in Dr. Miller's studio at St. Ives.",
    "node.js and report.pdf, and either/or, and 24/7",
    "Here is the data: five rooms. Note: none.",
    "We meet…then we talk...or not",
    "Hello Anna. How are you",
]


@pytest.mark.parametrize(("text", "words"), STOPPED.items())
def test_a_link_elsewhere_is_blocked_and_marked(text: str, words: str) -> None:
    facts = message(body=f"Hello\n\n{text}\n", link_hosts=OURS)
    (finding,) = links.check(facts)
    assert finding.severity == "block"
    assert marked(finding, facts) == [words]


@pytest.mark.parametrize(("text", "says"), TRICKS.items())
def test_a_disguise_is_blocked_and_named(text: str, says: str) -> None:
    findings = links.check(message(body=text, link_hosts=OURS))
    assert [one.severity for one in findings] == ["block"]
    assert says in findings[0].message


@pytest.mark.parametrize("text", INNOCENT)
def test_what_is_ours_or_no_link_passes(text: str) -> None:
    assert links.check(message(body=text, subject=text, link_hosts=OURS)) == []


def test_the_unsubscribe_mark_is_no_link() -> None:
    assert links.check(message(body=BODY)) == []


PAGE = "https://floors.example/quiet?x=1"


@pytest.mark.parametrize(
    ("text", "blocked"),
    [
        (f"Read {PAGE}.", False),
        ("Read https://FLOORS.example/quiet?x=1", False),
        ("Read https://floors.example/other", True),
        ("Read https://floors.example/quiet?x=2", True),
        ("Read https://floors.example", True),
    ],
)
@pytest.mark.parametrize("where", ["approved_text", "evidence_texts", "published_links"])
def test_published_material_may_be_linked_to_exactly(where: str, text: str, blocked: bool) -> None:
    said = f"New: {PAGE}" if where == "approved_text" else (PAGE,)
    assert bool(links.check(message(body=text, **{where: said}))) is blocked


def test_what_they_wrote_is_no_permission_to_link() -> None:
    theirs = "Please pay at evil.com/pay"
    known = {"evidence_texts": (theirs,), "their_texts": (theirs,), "approved_text": f"You wrote: “{theirs}” Yes."}
    (quoted,) = links.check(message(body=f"You wrote: “{theirs}” Yes, we can.", **known))
    assert quoted.severity == "review"
    (used,) = links.check(message(body="You can do it at evil.com/pay", **known))
    assert used.severity == "block"


def test_material_that_they_mention_stays_published() -> None:
    theirs = f"I read {PAGE}"
    facts = message(body=f"Here: {PAGE}", evidence_texts=(theirs,), their_texts=(theirs,), published_links=(PAGE,))
    assert links.check(facts) == []


def test_a_disguise_is_stopped_even_where_it_was_published() -> None:
    link = "https://bit.ly/x"
    assert links.check(message(body=link, approved_text=f"Read {link} now", published_links=(link,)))
