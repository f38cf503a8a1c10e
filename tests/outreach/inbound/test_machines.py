"""Whether a person or a machine opened a message or followed a link."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from outreach.rules.machines import BURST, Action, MessageFacts, why_machine

ARRIVED = datetime(2026, 5, 20, 9, 0, tzinfo=UTC)
PERSON = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/124.0 Safari/537.36"


def click(seconds: float, url: str = "https://example.com/a", agent: str = PERSON, **more: bool) -> Action:
    return Action("clicked", ARRIVED + timedelta(seconds=seconds), url, agent, **more)


def opening(seconds: float, agent: str = PERSON, **more: bool) -> Action:
    return Action("opened", ARRIVED + timedelta(seconds=seconds), "", agent, **more)


def message(links: int = 2) -> MessageFacts:
    return MessageFacts(ARRIVED - timedelta(seconds=4), ARRIVED, links)


@pytest.mark.parametrize(
    "agent",
    [
        "Mozilla/5.0",
        "Mozilla/5.0 (compatible; Googlebot/2.1)",
        "Barracuda Sentinel (EE)",
        "python-requests/2.31",
        "Go-http-client/2.0",
        "curl/8.5.0",
        "Mozilla/5.0 HeadlessChrome/120",
        "SkypeUriPreview Preview/0.5",
        "Slackbot-LinkExpanding 1.0",
        "Mimecast URL Protect",
    ],
)
def test_programs_are_machines(agent: str) -> None:
    assert why_machine(click(600, agent=agent), [], message())
    assert why_machine(opening(600, agent), [], message())


@pytest.mark.parametrize(
    "agent",
    [
        "",
        PERSON,
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605 Mobile/15E148",
        "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
        "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 6.1; Microsoft Outlook 16.0)",
    ],
)
def test_what_people_use_is_no_machine(agent: str) -> None:
    assert why_machine(click(600, agent=agent), [], message()) == ""
    assert why_machine(opening(600, agent), [], message()) == ""


def test_what_the_provider_calls_a_machine_is_one() -> None:
    assert "provider" in why_machine(opening(600, prefetched=True), [], message())


@pytest.mark.parametrize("seconds", [-30, -0.1])
def test_nobody_reads_what_has_not_arrived(seconds: float) -> None:
    assert "before" in why_machine(opening(seconds), [], message())
    assert "before" in why_machine(click(seconds), [], message())


def test_a_click_the_moment_it_arrives_is_a_machines_and_an_opening_is_not() -> None:
    assert why_machine(click(0.5), [], message())
    assert why_machine(opening(0.5), [], message()) == ""
    assert why_machine(click(2), [], message()) == ""


def test_without_a_delivery_time_that_is_not_known() -> None:
    assert why_machine(click(-30), [], MessageFacts()) == ""


def test_all_links_within_seconds_are_a_scanner_the_first_click_too() -> None:
    clicks = [click(100, "https://example.com/a"), click(103, "https://example.com/b")]
    for one in clicks:
        around = [other for other in clicks if other is not one]
        assert "All its links" in why_machine(one, around, message(links=2))


@pytest.mark.parametrize(
    ("clicks", "links"),
    [
        # The same link twice, two links with time between them, and two of three.
        ([click(100), click(101)], 2),
        ([click(100), click(100 + BURST.seconds + 1, "https://example.com/b")], 2),
        ([click(100), click(101, "https://example.com/b")], 3),
        # We do not know how many there are: two may well be all that somebody wanted to see.
        ([click(100), click(101, "https://example.com/b")], 0),
        ([click(100)], 1),
    ],
)
def test_people_follow_links_too(clicks: list[Action], links: int) -> None:
    for one in clicks:
        assert why_machine(one, [other for other in clicks if other is not one], message(links)) == ""


def test_where_the_links_are_not_counted_three_at_once_are_a_scanner() -> None:
    clicks = [click(100 + number, f"https://example.com/{number}") for number in range(3)]
    assert why_machine(clicks[0], clicks[1:], message(links=0))


def test_a_persons_click_after_the_scanner_counts() -> None:
    scanner = [click(5, "https://example.com/a"), click(6, "https://example.com/b")]
    assert why_machine(click(3600), scanner, message()) == ""
