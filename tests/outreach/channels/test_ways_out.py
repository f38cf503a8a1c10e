"""The addresses in the settings: what they mean, and the sentence where they mean nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.checks.registry import registry
from pytest_django import Settings

from outreach import ways_out
from outreach.channels import not_ready, provider_of
from outreach.checks import ways_out_make_sense


@pytest.mark.parametrize(
    ("url", "kind", "options"),
    [
        ("/var/outbox", "folder", {}),
        ("outbox", "folder", {}),
        ("smtp://mail.example:25", "smtp", {}),
        ("smtp+tls://user:p%40ss@mail.example:587", "smtp", {}),
        ("postmark://to%2Fken@", "postmark", {"server_token": "to/ken"}),
        ("postmark://t@?message_stream=broadcast", "postmark", {"server_token": "t", "message_stream": "broadcast"}),
        ("sendgrid://SG.a-b_c@", "sendgrid", {"api_key": "SG.a-b_c"}),
        ("mailgun://key@mg.ours.example", "mailgun", {"api_key": "key", "sender_domain": "mg.ours.example"}),
        (
            "mailgun://key@mg.ours.example/?api_url=https://api.eu.mailgun.net/v3",
            "mailgun",
            {"api_key": "key", "sender_domain": "mg.ours.example", "api_url": "https://api.eu.mailgun.net/v3"},
        ),
        ("brevo://xkeysib@", "brevo", {"api_key": "xkeysib"}),
        ("mailjet://key:secret@", "mailjet", {"api_key": "key", "secret_key": "secret"}),
        ("sparkpost://key@", "sparkpost", {"api_key": "key"}),
        ("mandrill://key@", "mandrill", {"api_key": "key"}),
    ],
)
def test_ways_for_mail(settings: Settings, url: str, kind: str, options: dict[str, str]) -> None:
    way = ways_out.email_way(url)
    assert (way.kind, way.options) == (kind, options)
    assert "secret" not in repr(way)
    settings.EMAIL_URL = url
    assert (provider_of("email"), not_ready("email")) == (kind, "")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("pigeon://x", "begins with pigeon://"),
        ("://x", "begins with nothing we know"),
        ("", "begins with nothing we know"),
        ("postmark://", "postmark://TOKEN@"),
        ("mailgun://key@", "mailgun://KEY@your.domain"),
        ("mailjet://key@", "mailjet://KEY:SECRET@"),
        ("sendgrid://", "sendgrid://KEY@"),
        ("smtp://", "smtp://host:port"),
        ("postmark://t@?api_url=http://evil.example/", "must begin with https://"),
        ("postmark://t@?api_url=ftp://127.0.0.1/", "must begin with https://"),
        ("postmark://t@?proxy=1", "proxy="),
        ("postmark://a]b@[/", "cannot be read"),
        ("smtp://host:port", "cannot be read"),
    ],
)
def test_no_way_for_mail(settings: Settings, url: str, words: str) -> None:
    assert words in ways_out.problem_with_email(url)
    settings.EMAIL_URL = url
    assert words in not_ready("email")
    assert provider_of("email") == ""
    assert [error.msg for error in ways_out_make_sense()] == ([ways_out.problem_with_email(url)] if url else [])


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("/var/outbox", ""),
        ("twilio://AC1:token@/?from=+14155552345", ""),
        ("twilio://AC1:token@/", "not complete"),
        ("twilio://AC1@/?from=+14155552345", "not complete"),
        ("twilio://AC1:token@/?to=+14155552345", "to="),
        ("twilio://AC1:token@/?from=+1&api_url=http://evil.example", "must begin with https://"),
        ("vonage://AC1:token@/", "begins with vonage://"),
    ],
)
def test_ways_for_text_messages(settings: Settings, url: str, words: str) -> None:
    assert words in ways_out.problem_with_sms(url)
    assert bool(ways_out.problem_with_sms(url)) == bool(words)
    settings.SMS_URL = url
    assert bool(not_ready("sms")) == bool(words)


def test_every_start_looks_at_them() -> None:
    assert ways_out_make_sense in registry.get_checks()


def test_other_channels_have_a_name() -> None:
    assert [provider_of(channel) for channel in ("push", "in_app", "call")] == ["webpush", "in_app", ""]


PRODUCTION = {
    "ENV": "production",
    "SECRET_KEY": "only-to-check-the-settings-Zq3fX8vLr1TnYw6KdBh0Jm5sPc9GuEa2",
    "ALLOWED_HOSTS": "rekindle.example",
    "PUBLIC_URL": "https://rekindle.example",
    "EMAIL_URL": "smtp://127.0.0.1:1",
    "FROM_EMAIL": "team@rekindle.example",
    "POSTAL_ADDRESS": "1 Example Street",
    "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
    "REDIS_URL": "redis://127.0.0.1:1/0",
}


def started(**changes: str) -> str:
    """What the settings of a production say before it starts; the way of Django's own mail when nothing."""
    code = "from django.conf import settings; print(settings.EMAIL_BACKEND)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "config.settings", **PRODUCTION, **changes},
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=False,
    )
    return (done.stdout or done.stderr.splitlines()[-1]).strip()


def test_production_refuses_a_channel_that_is_switched_on_without_its_secret() -> None:
    said = started(
        EMAIL_URL="mailjet://key@", SMS_URL="twilio://AC1@/?from=+1", VAPID_PRIVATE_KEY="x", INBOUND_ADDRESS="answers"
    )
    for words in ("EMAIL_URL is not complete", "SMS_URL is not complete", "VAPID_PRIVATE_KEY", "INBOUND_ADDRESS"):
        assert words in said


def test_what_is_not_switched_on_needs_no_secret_and_djangos_own_mail_goes_the_same_way() -> None:
    assert started(EMAIL_URL="postmark://token@") == "outreach.channels.provider.ProviderEmailBackend"
