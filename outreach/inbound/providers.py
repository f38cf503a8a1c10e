"""The mail providers that can tell us things, by django-anymail's own views: their proof, and what their words mean.

Only the verifying and the reading of those views are used: they are never reached by a request, send no signals, and
fetch nothing.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from anymail.exceptions import AnymailInsecureWebhookWarning, AnymailNotSupportedWarning
from django.conf import settings

from outreach.states import NoticeKind

# Without a secret nothing is verified here at all, and both are said in docs/inbound.md.
warnings.filterwarnings("ignore", category=AnymailInsecureWebhookWarning)
warnings.filterwarnings("ignore", category=AnymailNotSupportedWarning)


@dataclass(frozen=True, slots=True)
class MailProvider:
    """A provider of e-mail. ``views`` are the names of its classes in anymail, ``secrets`` what proves a request.

    ``secrets`` answers the arguments of the view that verify a request; nothing where no secret is set, and then
    nothing is accepted. ``form`` says which kinds come as a form instead of JSON.
    """

    views: Mapping[str, str]
    secrets: Callable[[str], dict[str, Any]]
    form: frozenset[str] = frozenset()
    more: Callable[[str], dict[str, Any]] = lambda _kind: {}

    def is_connected(self, kind: str) -> bool:
        """Whether the secret is set that proves where a request is from."""
        return bool(self.secrets(kind))

    def view(self, kind: str) -> Any:
        """Anymail's view for this kind, with the secrets that verify."""
        module, name = self.views[kind].rsplit(".", 1)
        arguments = {"webhook_secret": [], **self.more(kind), **self.secrets(kind)}
        return getattr(import_module(f"anymail.webhooks.{module}"), name)(**arguments)


def basic_secrets() -> list[str]:
    """What basic authentication must say: name:password. A secret without a name belongs to ``rekindle``."""
    return [one if ":" in one else f"rekindle:{one}" for one in settings.WEBHOOK_SECRET]


def path_of(name: str, kind: str) -> str:
    """Where a provider of mail sends this kind of thing."""
    return f"/hooks/email/{name}/{kind}/"


def _basic(_kind: str) -> dict[str, Any]:
    return {"webhook_secret": basic_secrets()} if settings.WEBHOOK_SECRET else {}


def _mailgun(_kind: str) -> dict[str, Any]:
    key = settings.MAILGUN_WEBHOOK_SIGNING_KEY
    return {"webhook_signing_key": key, "api_key": None} if key else {}


def _sendgrid(kind: str) -> dict[str, Any]:
    # Its inbound mail is not signed, so that the key proves nothing there.
    if kind == NoticeKind.TRACKING and settings.SENDGRID_WEBHOOK_KEY:
        return {"tracking_webhook_verification_key": settings.SENDGRID_WEBHOOK_KEY}
    return _basic(kind)


def _mandrill(kind: str) -> dict[str, Any]:
    key = settings.MANDRILL_WEBHOOK_KEY
    # It signs the address it calls: the public one, whatever the request says about its host.
    return {"webhook_key": key, "webhook_url": settings.PUBLIC_URL + path_of("mandrill", kind)} if key else {}


def _pair(module: str, name: str) -> dict[str, str]:
    return {
        NoticeKind.TRACKING: f"{module}.{name}TrackingWebhookView",
        NoticeKind.INBOUND: f"{module}.{name}InboundWebhookView",
    }


_MANDRILL_VIEW = "mandrill.MandrillCombinedWebhookView"
MAIL_PROVIDERS: Mapping[str, MailProvider] = {
    "postmark": MailProvider(_pair("postmark", "Postmark"), _basic),
    "sendgrid": MailProvider(_pair("sendgrid", "SendGrid"), _sendgrid, frozenset({NoticeKind.INBOUND})),
    "mailgun": MailProvider(_pair("mailgun", "Mailgun"), _mailgun, frozenset({NoticeKind.INBOUND})),
    "brevo": MailProvider(
        _pair("brevo", "Brevo"),
        _basic,
        # The view wants a key to fetch attachments with. We never fetch any.
        more=lambda kind: {"api_key": "none"} if kind == NoticeKind.INBOUND else {},
    ),
    "mailjet": MailProvider(_pair("mailjet", "Mailjet"), _basic),
    "sparkpost": MailProvider(_pair("sparkpost", "SparkPost"), _basic),
    "mandrill": MailProvider(
        {NoticeKind.TRACKING: _MANDRILL_VIEW, NoticeKind.INBOUND: _MANDRILL_VIEW},
        _mandrill,
        frozenset(NoticeKind.values),
    ),
}
