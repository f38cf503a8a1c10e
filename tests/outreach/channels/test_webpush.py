"""Push messages: encrypted for one browser, only to push services, and over when the browser is."""

from __future__ import annotations

import pytest
from py_vapid import Vapid
from pytest_django import Settings

from outreach.channels import Outcome, Rejected, Sent, TryLater, Uncertain, hand_over, not_ready, webpush
from outreach.channels.message import Subscription
from tests.outreach.channels.browser import Browser, push_key
from tests.outreach.channels.far_side import FarSide
from tests.outreach.channels.messages import PUSH, changed

BROWSER = Browser()
KEY = push_key()
MOZILLA = "https://updates.push.services.mozilla.com/wpush/v2/abc"


@pytest.fixture(autouse=True)
def a_push_service_here(settings: Settings) -> None:
    settings.VAPID_PRIVATE_KEY = KEY
    settings.VAPID_SUBJECT = "mailto:team@ours.example"
    settings.PUSH_TO_THIS_MACHINE = True


def subscription(side: FarSide, number: int = 1, browser: Browser = BROWSER) -> Subscription:
    return Subscription(number, f"{side.url}/push/{number}", browser.p256dh, browser.auth)


def push(side: FarSide, *answers: int) -> Outcome:
    """Push to as many browsers as there are answers, and the push service answers so."""
    side.in_turn = [(status, "") for status in answers]
    to = tuple(subscription(side, number) for number in range(1, len(answers) + 1))
    return hand_over(changed(PUSH, subscriptions=to))


def test_the_browser_reads_the_message_and_nobody_else_does(far_side: FarSide) -> None:
    assert push(far_side, 201) == Sent(PUSH.message_id)
    [asked] = far_side.asked
    assert BROWSER.read(asked.body) == {
        "id": "7", "tag": "rekindle-7", "title": "Your question", "text": "Yes, it does.",
        "stop_url": "https://rekindle.example/u/t",
    }  # fmt: skip
    assert b"Yes" not in asked.body
    assert (asked.headers["ttl"], asked.headers["topic"]) == (str(24 * 3600), "rekindle-7")
    assert asked.headers["content-encoding"] == "aes128gcm"
    assert len(asked.body) <= 4096
    assert Vapid.verify(asked.headers["authorization"])
    assert asked.headers["authorization"].endswith(f"k={webpush.public_key()}")


@pytest.mark.parametrize(
    ("answers", "kind", "gone"),
    [
        ([201], Sent, ()),
        ([200], Sent, ()),
        ([202], Sent, ()),
        ([404], Rejected, (1,)),
        ([410], Rejected, (1,)),
        ([429], TryLater, ()),
        ([500], TryLater, ()),
        ([503], TryLater, ()),
        ([401], TryLater, ()),
        ([403], TryLater, ()),
        ([307], TryLater, ()),
        ([400], Rejected, ()),
        ([413], Rejected, ()),
        # One of several browsers is enough; those that are over are over.
        ([410, 201], Sent, (1,)),
        ([201, 429], Sent, ()),
        ([429, 410], TryLater, (2,)),
        ([410, 404], Rejected, (1, 2)),
        ([400, 500], TryLater, ()),
    ],
)
def test_what_answers_mean(far_side: FarSide, answers: list[int], kind: type[Outcome], gone: tuple[int, ...]) -> None:
    outcome = push(far_side, *answers)
    assert (type(outcome), outcome.gone) == (kind, gone)
    assert len(far_side.asked) == len(answers)


@pytest.mark.parametrize("how", ["wait", "hang_up"])
def test_a_lost_answer_leaves_it_open(impatient: FarSide, how: str) -> None:
    setattr(impatient, how, {"wait": 0.5, "hang_up": True}[how])
    assert isinstance(push(impatient, 201), Uncertain)
    assert len(impatient.asked) == 1


def test_a_success_that_is_none_leaves_it_open(far_side: FarSide) -> None:
    far_side.raw = b"HTTP/1.1 100 Continue\r\n\r\n"
    assert isinstance(push(far_side, 201), Uncertain)


def test_nobody_there_is_tried_again() -> None:
    nowhere = Subscription(1, "http://127.0.0.1:1/push", BROWSER.p256dh, BROWSER.auth)
    assert isinstance(hand_over(changed(PUSH, subscriptions=(nowhere,))), TryLater)


def test_without_a_browser_nothing_is_pushed() -> None:
    assert isinstance(hand_over(PUSH), Rejected)


def test_a_message_that_no_push_service_takes_is_refused_before_it_leaves(far_side: FarSide) -> None:
    outcome = hand_over(changed(PUSH, text="ä" * 2000, subscriptions=(subscription(far_side),)))
    assert isinstance(outcome, Rejected)
    assert "Shorten it" in outcome.words
    assert far_side.asked == []


def test_only_so_many_browsers_are_asked(far_side: FarSide) -> None:
    assert isinstance(push(far_side, *[201] * (webpush.MOST_BROWSERS + 3)), Sent)
    assert len(far_side.asked) == webpush.MOST_BROWSERS


@pytest.mark.parametrize(
    ("endpoint", "fine"),
    [
        (MOZILLA, True),
        ("https://fcm.googleapis.com/fcm/send/abc", True),
        ("https://web.push.apple.com/abc", True),
        ("https://wns2-par02p.notify.windows.com/w/?token=abc", True),
        ("http://fcm.googleapis.com/fcm/send/abc", False),
        ("https://fcm.googleapis.com:8443/abc", False),
        ("https://user@fcm.googleapis.com/abc", False),
        ("https://push.apple.com/abc", False),
        ("https://evilpush.apple.com.example/abc", False),
        ("https://xpush.apple.com/abc", False),
        ("https://fcm.googleapis.com.example/abc", False),
        ("https://127.0.0.1/abc", False),
        ("https://[::1]/abc", False),
        ("https://169.254.169.254/latest/meta-data", False),
        ("https://fcm.googleapis.com\\@evil.example/abc", False),
        ("https://fcm.googleapis.com@evil.example/abc", False),
        ("https://[fcm.googleapis.com/abc", False),
        ("https://fcm.googleapis.cöm/abc", False),
        ("file:///etc/passwd", False),
        ("", False),
    ],
)
def test_only_push_services_are_pushed_to(settings: Settings, endpoint: str, fine: bool) -> None:
    settings.PUSH_TO_THIS_MACHINE = False
    assert (webpush.problem_with(endpoint, BROWSER.p256dh, BROWSER.auth) == "") is fine


def test_an_address_that_came_to_be_elsewhere_is_not_pushed_to(far_side: FarSide, settings: Settings) -> None:
    """Whatever was registered before: it is looked at again each time."""
    settings.PUSH_TO_THIS_MACHINE = False
    outcome = push(far_side, 201)
    assert isinstance(outcome, Rejected)
    assert far_side.asked == []
    # And a known name that leads into our own network leads nowhere.
    settings.PUSH_HOSTS = ["localhost"]
    inside = Subscription(1, "https://localhost/push", BROWSER.p256dh, BROWSER.auth)
    assert isinstance(hand_over(changed(PUSH, subscriptions=(inside,))), TryLater)


@pytest.mark.parametrize(
    ("p256dh", "auth"),
    [
        ("", BROWSER.auth), (BROWSER.p256dh, ""), ("AAAA", BROWSER.auth), (BROWSER.p256dh, "AAAA"),
        ("ä" * 20, BROWSER.auth), (BROWSER.auth, BROWSER.p256dh), ("B" + "A" * 86, BROWSER.auth),
    ],
    ids=map(str, range(7)),  # keys are new in every process; names must not be
)  # fmt: skip
def test_keys_of_no_browser(p256dh: str, auth: str) -> None:
    assert "keys" in webpush.problem_with(MOZILLA, p256dh, auth)


@pytest.mark.parametrize(
    ("key", "subject", "words"),
    [
        ("", "mailto:a@b.example", "create_push_key"),
        ("short", "mailto:a@b.example", "create_push_key"),
        # As long as a key, and none all the same.
        ("A" * 43, "mailto:a@b.example", "create_push_key"),
        ("A" * 60, "mailto:a@b.example", "create_push_key"),
        ("n+t base64!", "mailto:a@b.example", "create_push_key"),
        (KEY, "team@ours.example", "VAPID_SUBJECT"),
        (KEY, "mailto:a@b.example", ""),
    ],
    ids=map(str, range(7)),
)
def test_what_has_to_be_set(settings: Settings, key: str, subject: str, words: str) -> None:
    settings.VAPID_PRIVATE_KEY, settings.VAPID_SUBJECT = key, subject
    assert words in not_ready("push")
    assert bool(not_ready("push")) == bool(words)
    assert bool(webpush.public_key()) == (not words)
