"""How an answer finds its way back: the Message-ID and the signed address that answers go to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from outreach import ways_out
from outreach.channels import addresses
from outreach.models import Draft

DRAFT = Draft(pk=42, fingerprint="0123456789abcdef" * 4)


@pytest.fixture(autouse=True)
def ours(settings: Settings) -> None:
    settings.INBOUND_ADDRESS = "answers@in.ours.example"
    settings.FROM_EMAIL = "Team <team@ours.example>"


def test_a_message_id_leads_back_to_its_draft_and_text() -> None:
    text = addresses.message_id(DRAFT)
    assert text == "<draft-42.0123456789abcdef@ours.example>"
    assert addresses.draft_of_message_id(text) == (42, "0123456789abcdef")
    assert addresses.draft_of_message_id(f"  {text[1:-1]} ") == (42, "0123456789abcdef")


@pytest.mark.parametrize(
    "text",
    [
        "", "<>", "<draft-42@ours.example>", "<draft-0.0123456789abcdef@x>", "<draft-x.0123456789abcdef@x>",
        "<draft-42.0123456789ABCDEF@x>", "<draft-42.0123456789abcdef@x> <draft-43.0123456789abcdef@x>",
        "<draft-99999999999999999999.0123456789abcdef@x>", "<CAF+1@mail.example>", "<draft-٤٢.0123456789abcdef@x>",
    ],
)  # fmt: skip
def test_what_is_no_message_id_of_ours(text: str) -> None:
    assert addresses.draft_of_message_id(text) is None


def test_the_address_for_answers_names_the_draft_and_nothing_else(settings: Settings) -> None:
    address = addresses.inbound_address(DRAFT)
    local, _, domain = address.partition("@")
    assert domain == "in.ours.example"
    assert local.startswith("answers+d42.")
    assert len(local) == len("answers+d42.") + 10
    # Programs on the way change how letters are written, and put a name before it.
    for written in (address, address.upper(), f'"Jonas Weber" <{address}>'):
        assert addresses.draft_of_address(written) == 42
    settings.INBOUND_ADDRESS = ""
    assert addresses.inbound_address(DRAFT) == ""
    assert addresses.draft_of_address(address) is None


def test_an_older_secret_still_counts_and_another_one_does_not(settings: Settings) -> None:
    address, before = addresses.inbound_address(DRAFT), settings.SECRET_KEY
    settings.SECRET_KEY = "another secret, long enough to be one and nobody's"
    assert addresses.draft_of_address(address) is None
    settings.SECRET_KEY_FALLBACKS = [before]
    assert addresses.draft_of_address(address) == 42


@pytest.mark.parametrize(
    "change",
    [
        lambda address: address.replace("d42", "d43"),
        lambda address: address.replace("@in.", "@out."),
        lambda address: address.replace("answers", "other"),
        lambda address: address.replace("+", "-"),
        lambda address: address.replace(".ours", "0.ours"),
        lambda address: address.partition("+")[0] + "@in.ours.example",
        lambda _address: "",
    ],
)
def test_a_forged_address_leads_nowhere(change: object) -> None:
    assert callable(change)
    assert addresses.draft_of_address(change(addresses.inbound_address(DRAFT))) is None


@given(st.integers(min_value=1, max_value=10**17), st.integers(min_value=1, max_value=10**17))
def test_a_token_is_good_for_one_draft_alone(one: int, other: int) -> None:
    token = addresses.reply_token(one)
    assert addresses.draft_of_token(token) == one
    swapped = f"d{other}.{token.partition('.')[2]}"
    assert addresses.draft_of_token(swapped) == (one if one == other else None)


@given(st.text(max_size=60))
def test_whatever_comes_is_read_without_an_error(text: str) -> None:
    for read in (addresses.draft_of_message_id, addresses.draft_of_token, addresses.draft_of_address):
        assert read(text) is None


@pytest.mark.parametrize(
    ("address", "fine"),
    [
        ("", True), ("answers@in.ours.example", True), ("answers", False), ("@in.ours.example", False),
        ("a b@ours.example", False), ("Team <answers@ours.example>", False), ("answers@localhost", False),
        ("a" * 31 + "@ours.example", False),
    ],
)  # fmt: skip
def test_what_may_be_the_address_for_answers(address: str, fine: bool) -> None:
    assert (ways_out.problem_with_inbound(address) == "") is fine
