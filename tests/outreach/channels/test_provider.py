"""What each provider's answers mean, in the forms that they publish."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from django.core.mail import EmailMessage, get_connection
from pytest_django import Settings

from outreach import ways_out
from outreach.channels import Outcome, Rejected, Sent, TryLater, Uncertain, hand_over, provider_of
from outreach.channels.provider import QUIRKS
from tests.outreach.channels.far_side import Asked, FarSide
from tests.outreach.channels.messages import EMAIL

pytestmark = pytest.mark.filterwarnings("ignore::anymail.exceptions.AnymailNotSupportedWarning")

TO = EMAIL.to_address
URLS = {
    "postmark": "postmark://token@",
    "sendgrid": "sendgrid://SG.key@",
    "mailgun": "mailgun://key@mg.ours.example",
    "brevo": "brevo://xkeysib-key@",
    "mailjet": "mailjet://key:secret@",
    "sparkpost": "sparkpost://key@",
    "mandrill": "mandrill://key@",
}
#: Provider → its answer to a message that it takes, and the id it gives it.
TAKEN: dict[str, tuple[int, Any, str]] = {
    "postmark": (200, {"To": TO, "MessageID": "b7bc2f4a", "ErrorCode": 0, "Message": "OK"}, "b7bc2f4a"),
    "sendgrid": (202, "", ""),
    "mailgun": (200, {"id": "<2026.1@mg.ours.example>", "message": "Queued. Thank you."}, "<2026.1@mg.ours.example>"),
    "brevo": (201, {"messageId": "<2026.1@smtp-relay.example>"}, "<2026.1@smtp-relay.example>"),
    "mailjet": (
        200,
        {"Messages": [{"Status": "success", "To": [{"Email": TO, "MessageUUID": "1-2", "MessageID": 456}]}]},
        "456",
    ),
    "sparkpost": (
        200,
        {"results": {"total_rejected_recipients": 0, "total_accepted_recipients": 1, "id": "11668787484950529"}},
        "11668787484950529",
    ),
    "mandrill": (200, [{"email": TO, "status": "sent", "_id": "abc123", "reject_reason": None}], "abc123"),
}


def hand(settings: Settings, provider: str, side: FarSide, status: int = 200, body: Any = "") -> Outcome:
    """Send the message; the provider answers so."""
    settings.EMAIL_URL = f"{URLS[provider]}?api_url={side.url}/"
    side.status, side.body = status, body
    return hand_over(EMAIL)


@pytest.mark.parametrize("provider", URLS)
def test_taken(far_side: FarSide, settings: Settings, provider: str) -> None:
    status, body, message_id = TAKEN[provider]
    outcome = hand(settings, provider, far_side, status, body)
    assert isinstance(outcome, Sent)
    assert outcome.message_id == message_id or (provider == "sendgrid" and len(outcome.message_id) == 36)
    assert provider_of("email") == provider
    [asked] = far_side.asked
    said = asked.body.decode()
    # Recognised in the provider's news, and nothing but plain text.
    for part in ("draft", "yes, it does", "List-Unsubscribe", "Jonas"):
        assert part in said or part in str(parse_qs(said)), part
    assert "<html" not in said.lower()


#: What stands for our own Message-ID where it is not simply kept.
KEPT: dict[str, Callable[[Asked], bool]] = {
    "postmark": lambda asked: {"Name": "X-PM-KeepID", "Value": "true"} in asked.json["Headers"],
    "brevo": lambda asked: len(asked.json["headers"]["idempotencyKey"]) == 36,
    "mailjet": lambda asked: (
        asked.json["Globals"]["CustomID"] == EMAIL.message_id and "Message-ID" not in asked.json["Globals"]["Headers"]
    ),
}


@pytest.mark.parametrize("provider", KEPT)
def test_the_same_text_is_recognised_when_it_comes_again(far_side: FarSide, settings: Settings, provider: str) -> None:
    status, body, _ = TAKEN[provider]
    hand(settings, provider, far_side, status, body)
    hand(settings, provider, far_side, status, body)
    first, second = far_side.asked
    assert KEPT[provider](first)
    assert first.body == second.body


LATER, SETUP, NO, DEAD, STOPPED, OPEN = "later", "setup", "no", "dead", "stopped", "open"


def kind_of(outcome: Outcome) -> str:
    match outcome:
        case TryLater(words):
            assert "Nothing was sent" in words
            return SETUP if "EMAIL_URL" in words else LATER
        case Rejected(_, dead, stopped):
            return DEAD if dead else STOPPED if stopped else NO
        case Uncertain(words):
            assert EMAIL.message_id in words
            return OPEN
    return "sent"


MANDRILL = {"status": "error", "code": -1, "message": "Words"}
SPARKPOST = {"errors": [{"message": "Words", "description": "More words", "code": "1902"}]}
MAILJET = {"Messages": [{"Status": "error", "Errors": [{"ErrorCode": "mj-0013", "StatusCode": 400}]}]}


@pytest.mark.parametrize(
    ("provider", "status", "body", "kind"),
    [
        ("postmark", 401, {"ErrorCode": 10, "Message": "Bad or missing server API token."}, SETUP),
        ("postmark", 422, {"ErrorCode": 300, "Message": f"Invalid 'To' address: '{TO}'."}, NO),
        ("postmark", 422, {"ErrorCode": 300, "Message": "Invalid metadata content."}, NO),
        ("postmark", 422, {"ErrorCode": 405, "Message": "You have run out of credits."}, SETUP),
        (
            "postmark",
            422,
            {"ErrorCode": 406, "Message": f"Inactive.\n Found inactive addresses: {TO}.\n Inactive recipients are"},
            NO,
        ),
        ("postmark", 422, {"ErrorCode": 100, "Message": "Maintenance"}, LATER),
        ("postmark", 429, {"ErrorCode": 429, "Message": "Rate limit exceeded"}, LATER),
        ("postmark", 500, {"ErrorCode": 0, "Message": "Internal"}, OPEN),
        ("postmark", 503, "", LATER),
        ("postmark", 200, {"ErrorCode": 0, "Message": "OK"}, OPEN),
        ("sendgrid", 401, {"errors": [{"message": "The provided authorization grant is invalid"}]}, SETUP),
        ("sendgrid", 403, {"errors": [{"message": "The from address does not match"}]}, SETUP),
        ("sendgrid", 400, {"errors": [{"message": "Does not contain a valid address.", "field": "to"}]}, NO),
        ("sendgrid", 413, {"errors": [{"message": "Payload too large"}]}, NO),
        ("sendgrid", 429, {"errors": [{"message": "too many requests"}]}, LATER),
        ("sendgrid", 500, {"errors": [{"message": "Internal"}]}, OPEN),
        ("mailgun", 401, "Forbidden", SETUP),
        ("mailgun", 404, {"message": "Domain not found: mg.ours.example"}, SETUP),
        ("mailgun", 400, {"message": "'to' parameter is not a valid address. please check documentation"}, NO),
        ("mailgun", 200, "Mailgun Magnificent API", SETUP),
        ("mailgun", 200, {"message": "Words"}, OPEN),
        ("mailgun", 502, "<html>Bad gateway</html>", OPEN),
        ("brevo", 401, {"code": "unauthorized", "message": "Key not found"}, SETUP),
        ("brevo", 402, {"code": "not_enough_credits", "message": "Words"}, SETUP),
        ("brevo", 400, {"code": "invalid_parameter", "message": "email is not valid in to"}, NO),
        # It had this text before, and only it knows what became of that.
        ("brevo", 400, {"code": "duplicate_parameter", "message": "Words"}, OPEN),
        ("brevo", 201, {"id": 1}, OPEN),
        (
            "mailjet",
            401,
            {"ErrorMessage": "API key authentication failure", "StatusCode": 401, "ErrorCode": "x"},
            SETUP,
        ),
        ("mailjet", 400, MAILJET, NO),
        ("mailjet", 200, {"Messages": [{"Status": "success"}]}, NO),
        ("mailjet", 200, 7, OPEN),
        ("sparkpost", 403, {"errors": [{"message": "Forbidden."}]}, SETUP),
        ("sparkpost", 400, {"errors": [{"message": "Unconfigured Sending Domain", "code": "7001"}]}, SETUP),
        ("sparkpost", 400, SPARKPOST, NO),
        ("sparkpost", 420, {"errors": [{"message": "Exceed Sending Limit (hourly)", "code": "2101"}]}, LATER),
        (
            "sparkpost",
            200,
            {"results": {"total_rejected_recipients": 1, "total_accepted_recipients": 0, "id": "1"}},
            NO,
        ),
        (
            "sparkpost",
            200,
            {"results": {"total_rejected_recipients": 0, "total_accepted_recipients": 0, "id": "1"}},
            OPEN,
        ),
        ("mandrill", 500, {**MANDRILL, "name": "Invalid_Key"}, SETUP),
        ("mandrill", 500, {**MANDRILL, "name": "PaymentRequired"}, SETUP),
        ("mandrill", 500, {**MANDRILL, "name": "ValidationError"}, NO),
        ("mandrill", 500, {**MANDRILL, "name": "GeneralError"}, OPEN),
        ("mandrill", 200, [{"email": TO, "status": "rejected", "reject_reason": "hard-bounce"}], DEAD),
        ("mandrill", 200, [{"email": TO, "status": "rejected", "reject_reason": "soft-bounce"}], NO),
        ("mandrill", 200, [{"email": TO, "status": "rejected", "reject_reason": "unsub"}], STOPPED),
        ("mandrill", 200, [{"email": TO, "status": "rejected", "reject_reason": "spam"}], STOPPED),
        ("mandrill", 200, [{"email": TO, "status": "invalid", "_id": "1"}], NO),
        ("mandrill", 200, [], OPEN),
        ("mandrill", 200, [{"email": TO, "status": "scheduled", "_id": "1"}], OPEN),
    ],
)
def test_what_an_answer_means(
    far_side: FarSide, settings: Settings, provider: str, status: int, body: Any, kind: str
) -> None:
    assert kind_of(hand(settings, provider, far_side, status, body)) == kind
    assert len(far_side.asked) == 1


@pytest.mark.parametrize("provider", URLS)
@pytest.mark.parametrize(
    ("status", "headers", "kind"),
    [
        (429, {}, LATER),
        (408, {}, LATER),
        (503, {"Retry-After": "30"}, LATER),
        (307, {"Location": "https://elsewhere.example/"}, SETUP),
        (401, {}, SETUP),
        (422, {}, NO),
        (504, {}, OPEN),
    ],
)
def test_what_every_provider_means_by_a_status(
    far_side: FarSide, settings: Settings, provider: str, status: int, headers: dict[str, str], kind: str
) -> None:
    far_side.headers = {"Content-Type": "text/plain", **headers}
    assert kind_of(hand(settings, provider, far_side, status, "Words")) == kind


@pytest.mark.parametrize("provider", [name for name in URLS if name != "sendgrid"])
@pytest.mark.parametrize("body", ["", "null", "[]", '"text"', "[1]", "{", "<html></html>", '{"x": ' * 3000])
def test_a_success_that_makes_no_sense_leaves_it_open(
    far_side: FarSide, settings: Settings, provider: str, body: str
) -> None:
    outcome = hand(settings, provider, far_side, 200, body)
    # Brevo's emptiest answer is a success by anymail's reading of its form.
    assert kind_of(outcome) == OPEN or (provider, body) == ("brevo", "")


@pytest.mark.parametrize(
    ("provider", "how"),
    [
        *((provider, how) for provider in URLS for how in ("hangs up", "nonsense")),
        ("postmark", "too slow"),
        ("postmark", "byte by byte"),
        ("mailgun", "too slow"),
    ],
)
def test_a_lost_answer_leaves_it_open(impatient: FarSide, settings: Settings, provider: str, how: str) -> None:
    match how:
        case "too slow":
            impatient.wait = 0.5
        case "byte by byte":
            impatient.drip = 0.05
        case "hangs up":
            impatient.hang_up = True
        case "nonsense":
            impatient.raw = b"220 mail.example ESMTP\r\n"
    status, body, _ = TAKEN[provider]
    assert kind_of(hand(settings, provider, impatient, status, body)) == OPEN
    assert len(impatient.asked) == 1


def test_nobody_there_is_tried_again(settings: Settings) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        settings.EMAIL_URL = f"postmark://token@?api_url=http://127.0.0.1:{probe.getsockname()[1]}/"
    assert kind_of(hand_over(EMAIL)) == LATER


def test_no_word_of_theirs_and_no_key_of_ours_is_in_what_is_kept(far_side: FarSide, settings: Settings) -> None:
    outcome = hand(settings, "mailgun", far_side, 400, {"message": f"'{TO}' is not valid, key"})
    assert isinstance(outcome, Rejected)
    assert TO not in outcome.words
    assert "key" not in outcome.words


def test_djangos_own_mail_leaves_the_same_way(far_side: FarSide, settings: Settings) -> None:
    settings.EMAIL_URL = f"postmark://token@?api_url={far_side.url}/&message_stream=outbound"
    far_side.body = TAKEN["postmark"][1]
    backend = get_connection("outreach.channels.provider.ProviderEmailBackend")
    assert backend.send_messages([EmailMessage("New password", "Text", "a@ours.example", [TO])]) == 1
    said = far_side.asked[0].json
    assert (said["To"], said["Subject"], said["MessageStream"]) == (TO, "New password", "outbound")
    far_side.status, far_side.body = 401, ""
    quiet = get_connection("outreach.channels.provider.ProviderEmailBackend", fail_silently=True)
    assert quiet.send_messages([EmailMessage("New password", "Text", "a@ours.example", [TO])]) == 0


def test_every_provider_stands_in_the_documentation_with_its_quirks() -> None:
    documented = Path(__file__).parents[3].joinpath("docs/channels.md").read_text()
    assert set(QUIRKS) == set(ways_out.PROVIDERS) == set(URLS)
    for scheme, quirks in QUIRKS.items():
        assert f"`{scheme}://" in documented
        [row] = [line for line in documented.splitlines() if line.startswith(f"| {quirks.name} |")]
        assert all(str(status) in row for status in quirks.may_come_back - {429})
