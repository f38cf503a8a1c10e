"""What Twilio's answers mean, in the form that it publishes."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from pytest_django import Settings

from outreach import ways_out
from outreach.channels import Outcome, Rejected, Sent, TryLater, Uncertain, hand_over, provider_of, twilio
from tests.outreach.channels.far_side import FarSide
from tests.outreach.channels.messages import SMS, changed

SID = "SM87105da94bff44b999e4e6eb90d8eb6a"
ACCOUNT = "AC5ef8732a3c49700934481addd5ce1659"


def taken(**changes: Any) -> dict[str, Any]:
    return {
        "account_sid": ACCOUNT, "api_version": "2010-04-01", "body": SMS.text,
        "date_created": "Thu, 24 Aug 2026 05:01:45 +0000", "date_sent": None,
        "date_updated": "Thu, 24 Aug 2026 05:01:45 +0000", "direction": "outbound-api",
        "error_code": None, "error_message": None, "from": "+14155552345", "num_media": "0", "num_segments": "1",
        "price": None, "price_unit": None, "messaging_service_sid": None, "sid": SID, "status": "queued",
        "subresource_uris": {}, "to": SMS.to_address, "uri": f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{SID}.json",
        **changes,
    }  # fmt: skip


def refused(code: int, status: int = 400) -> dict[str, Any]:
    return {
        "code": code,
        "message": "Words of theirs with +4915112345678 in them",
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }


def hand(settings: Settings, side: FarSide, status: int = 201, body: Any = "", sender: str = "+14155552345") -> Outcome:
    settings.SMS_URL = f"twilio://{ACCOUNT}:to%2Fken@/?from={sender}&api_url={side.url}"
    side.status, side.body = status, body
    return hand_over(SMS)


def test_taken(far_side: FarSide, settings: Settings) -> None:
    settings.PUBLIC_URL = "https://rekindle.example"
    assert hand(settings, far_side, 201, taken()) == Sent(SID)
    assert provider_of("sms") == "twilio"
    [asked] = far_side.asked
    assert asked.path == f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    assert asked.headers["authorization"].startswith("Basic ")
    assert parse_qs(asked.body.decode()) == {
        "To": [SMS.to_address],
        "From": ["+14155552345"],
        "Body": [SMS.text],
        "StatusCallback": ["https://rekindle.example/hooks/sms/twilio/status/"],
    }


def test_the_brand_says_who_it_is_from_and_a_messaging_service_is_named_as_one(
    far_side: FarSide, settings: Settings
) -> None:
    # Nobody outside can reach such an address, so Twilio is not asked to.
    settings.PUBLIC_URL = "http://localhost:8000"
    hand(settings, far_side, 201, taken(), sender="MG" + "0" * 32)
    hand_over(changed(SMS, sms_sender="Ember"))
    service, brand = (parse_qs(asked.body.decode()) for asked in far_side.asked)
    assert service["MessagingServiceSid"] == ["MG" + "0" * 32]
    assert "From" not in service
    assert brand["From"] == ["Ember"]
    assert "StatusCallback" not in service


def test_nothing_in_the_environment_sends_it_elsewhere(
    far_side: FarSide, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWILIO_REGION", "au1")
    monkeypatch.setenv("TWILIO_EDGE", "sydney")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    assert isinstance(hand(settings, far_side, 201, taken()), Sent)


LATER, SETUP, NO, DEAD, STOPPED, OPEN = "later", "setup", "no", "dead", "stopped", "open"


def kind_of(outcome: Outcome) -> str:
    match outcome:
        case TryLater(words):
            assert "Nothing was sent" in words
            return SETUP if "SMS_URL" in words else LATER
        case Rejected(_, dead, stopped):
            return DEAD if dead else STOPPED if stopped else NO
        case Uncertain():
            return OPEN
    return "sent"


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (401, 20003, SETUP), (404, 20404, SETUP), (403, 30002, SETUP), (400, 21606, SETUP), (400, 21212, SETUP),
        (400, 21660, SETUP), (429, 20429, LATER), (400, 30001, LATER), (429, 21611, LATER), (503, 20503, LATER),
        (429, 63038, LATER), (400, 21610, STOPPED), (400, 21211, DEAD), (400, 21614, DEAD), (400, 21217, DEAD),
        (400, 30005, DEAD), (400, 30006, DEAD), (400, 30003, NO), (400, 30007, NO), (400, 21408, NO), (400, 21612, NO),
        (400, 21617, NO), (400, 21608, NO), (500, 20500, OPEN), (400, 30008, OPEN), (400, 99999, NO),
        (500, 99999, OPEN), (401, 99999, SETUP), (429, 99999, LATER), (502, 99999, OPEN),
    ],
)  # fmt: skip
def test_what_a_code_means(far_side: FarSide, settings: Settings, status: int, code: int, kind: str) -> None:
    outcome = hand(settings, far_side, status, refused(code, status))
    assert kind_of(outcome) == kind
    words = outcome.message_id if isinstance(outcome, Sent) else outcome.words
    assert "+49" not in words
    assert str(code) in words
    assert len(far_side.asked) == 1


def test_a_failure_in_the_same_breath(far_side: FarSide, settings: Settings) -> None:
    assert kind_of(hand(settings, far_side, 201, taken(status="failed", error_code=21610))) == STOPPED


def test_the_newer_form_of_a_refusal(far_side: FarSide, settings: Settings) -> None:
    body = {"type": "https://x", "title": "Bad request", "status": 400, "code": 21610, "detail": "Words"}
    assert kind_of(hand(settings, far_side, 400, body)) == STOPPED


@pytest.mark.parametrize(
    "body", ["", "null", "[]", "<html></html>", '{"sid": 7}', '{"sid": ""}', "{}", '{"x": ' * 3000]
)
def test_a_success_that_makes_no_sense_leaves_it_open(far_side: FarSide, settings: Settings, body: str) -> None:
    assert kind_of(hand(settings, far_side, 201, body)) == OPEN


@pytest.mark.parametrize(("status", "kind"), [(307, SETUP), (401, SETUP), (422, NO), (429, LATER), (502, OPEN)])
def test_answers_of_somebody_in_between(far_side: FarSide, settings: Settings, status: int, kind: str) -> None:
    far_side.headers = {"Location": "https://elsewhere.example/"} if status == 307 else {}
    assert kind_of(hand(settings, far_side, status, "<html></html>")) == kind


@pytest.mark.parametrize("how", ["wait", "drip", "hang_up"])
def test_a_lost_answer_leaves_it_open(impatient: FarSide, settings: Settings, how: str) -> None:
    setattr(impatient, how, {"wait": 0.5, "drip": 0.05, "hang_up": True}[how])
    assert kind_of(hand(settings, impatient, 201, taken())) == OPEN
    assert len(impatient.asked) == 1


def test_nobody_there_is_tried_again(settings: Settings) -> None:
    settings.SMS_URL = f"twilio://{ACCOUNT}:token@/?from=+14155552345&api_url=http://127.0.0.1:1"
    assert kind_of(hand_over(SMS)) == LATER


def test_every_code_has_words_and_stands_in_the_documentation() -> None:
    documented = Path(__file__).parents[3].joinpath("docs/channels.md").read_text()
    for code, (meaning, words) in twilio.CODES.items():
        assert meaning in twilio.Meaning
        assert words, code
        assert not words.endswith(".")
        assert str(code) in documented


def test_the_address_is_read_as_it_is_written() -> None:
    way = ways_out.sms_way(f"twilio://{ACCOUNT}:to%2Fken%40@/?from=+14155552345")
    assert (way.account, way.token, way.sender, way.api_url) == (ACCOUNT, "to/ken@", "+14155552345", "")
    assert "to/ken" not in repr(way)
