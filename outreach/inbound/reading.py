"""From a stored notice to what it says: news of a message, or a message from them."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Callable, Mapping
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from anymail.exceptions import AnymailError
from django.core.exceptions import ImproperlyConfigured
from django.http import QueryDict

from contacts.states import Channel
from outreach.inbound import sms
from outreach.inbound.generic import generic_message, generic_news
from outreach.inbound.mail import LARGEST_MAIL, from_parts, header_map, read_mail
from outreach.inbound.mail_news import news_of
from outreach.inbound.message import Attachment, IncomingMessage
from outreach.inbound.news import News, Unreadable
from outreach.inbound.providers import MAIL_PROVIDERS
from outreach.models import ProviderNotice
from outreach.states import NoticeKind

IMAP = "imap"
GENERIC = {"generic": Channel.EMAIL, "generic-sms": Channel.SMS}
_BROKEN = (
    AnymailError, ArithmeticError, AssertionError, AttributeError, ImproperlyConfigured, LookupError, RecursionError,
    TypeError, ValueError,
)  # fmt: skip


def read(notice: ProviderNotice) -> IncomingMessage | list[News]:
    """What a notice says. Raises Unreadable with a sentence where nothing can be made of it."""
    body, at = bytes(notice.body), notice.received_at
    try:
        if notice.provider == IMAP:
            return read_mail(body, at=at)
        given = json.loads(body)
        if notice.provider == sms.PROVIDER:
            return sms.message(given, at) if notice.kind == NoticeKind.INBOUND else [sms.news(given)]
        if notice.provider in GENERIC:
            channel = GENERIC[notice.provider]
            if notice.kind == NoticeKind.INBOUND:
                return generic_message(given, channel, at)
            return [generic_news(given, channel)]
        if notice.kind == NoticeKind.INBOUND:
            reader = _INBOUND[notice.provider]
            return reader(given, at, notice.external_id)
        return [_news(notice.provider, given)]
    except _BROKEN as problem:
        raise Unreadable(
            f"It has another form than {notice.provider} describes ({type(problem).__name__})."
            " Look at it in the admin; if the provider changed its form, try again after the next update."
        ) from problem


def _news(provider: str, given: dict[str, Any]) -> News:
    view = MAIL_PROVIDERS[provider].view(NoticeKind.TRACKING)
    if provider == "sparkpost":
        event = view.esp_to_anymail_event(*view.unwrap_event(given))
    elif provider == "mandrill":
        event = view.mandrill_tracking_to_anymail_event(given)
    elif provider == "mailgun" and "event-data" not in given:
        event = view.mailgun_legacy_to_anymail_event(_form(given))
        return news_of(provider, event, given.get("fields", {}))
    else:
        event = view.esp_to_anymail_event(given)
    return news_of(provider, event, given)


def _postmark(given: dict[str, Any], at: datetime, external_id: str) -> IncomingMessage | list[News]:
    envelope = [str(given.get("OriginalRecipient") or "")]
    if given.get("RawEmail"):
        return read_mail(_raw(given["RawEmail"]), at=at, recipients=envelope, external_id=external_id)
    light = {**given, "Attachments": []}
    message = MAIL_PROVIDERS["postmark"].view(NoticeKind.INBOUND).esp_to_anymail_event(light).message
    attached = [
        Attachment(str(one.get("Name", ""))[:255], str(one.get("ContentType", ""))[:100], _whole(one, "ContentLength"))
        for one in given.get("Attachments", [])
    ]
    return _from_anymail(message, at, envelope, external_id, attached)


def _brevo(given: dict[str, Any], at: datetime, external_id: str) -> IncomingMessage | list[News]:
    # Anymail would fetch the attachments.
    light = {**given, "Attachments": []}
    message = MAIL_PROVIDERS["brevo"].view(NoticeKind.INBOUND).esp_to_anymail_event(light).message
    attached = [
        Attachment(str(one.get("Name", ""))[:255], str(one.get("ContentType", ""))[:100], _whole(one, "ContentLength"))
        for one in given.get("Attachments", [])
    ]
    return _from_anymail(message, at, list(given.get("Recipients") or []), external_id, attached)


def _mailjet(given: dict[str, Any], at: datetime, external_id: str) -> IncomingMessage | list[News]:
    attached = [
        Attachment("", "", len(str(given.get(part.get("ContentRef"), ""))) * 3 // 4)
        for part in given.get("Parts", [])
        if "Attachment" in str(part.get("ContentRef", ""))
    ]
    message = MAIL_PROVIDERS["mailjet"].view(NoticeKind.INBOUND).esp_to_anymail_event({**given, "Parts": []}).message
    return _from_anymail(message, at, [str(given.get("Recipient") or "")], external_id, attached)


def _sparkpost(given: dict[str, Any], at: datetime, external_id: str) -> IncomingMessage | list[News]:
    relayed = given["msys"]["relay_message"]
    raw = relayed["content"]["email_rfc822"]
    content = b64decode(raw) if relayed["content"].get("email_rfc822_is_base64") else _raw(raw)
    return read_mail(content, at=at, recipients=[str(relayed.get("rcpt_to") or "")])


def _mandrill(given: dict[str, Any], at: datetime, external_id: str) -> IncomingMessage | list[News]:
    return read_mail(_raw(given["msg"]["raw_msg"]), at=at, recipients=[str(given["msg"].get("email") or "")])


def _mailgun(given: dict[str, Any], at: datetime, external_id: str) -> IncomingMessage | list[News]:
    form = _form(given)
    envelope = [str(form.get("recipient") or "")]
    if "body-mime" in form:
        return read_mail(_raw(str(form["body-mime"])), at=at, recipients=envelope)
    for name in ("attachment-count", "attachments"):
        form.pop(name, None)
    view = MAIL_PROVIDERS["mailgun"].view(NoticeKind.INBOUND)
    message = view.esp_to_anymail_event(SimpleNamespace(POST=form, FILES={})).message
    return _from_anymail(message, at, envelope, "", _files(given))


def _sendgrid(given: dict[str, Any], at: datetime, external_id: str) -> IncomingMessage | list[News]:
    form = _form(given)
    envelope = json.loads(form.get("envelope") or "{}").get("to") or []
    if "headers" not in form and "email" in form:
        return read_mail(_raw(str(form["email"])), at=at, recipients=envelope)
    for name in ("attachment-info", "charsets"):
        # What they name was dealt with when it came: files were measured, and each text read in its own charset.
        form.pop(name, None)
    view = MAIL_PROVIDERS["sendgrid"].view(NoticeKind.INBOUND)
    message = view.esp_to_anymail_event(SimpleNamespace(POST=form, FILES={}, body=b"", META={})).message
    return _from_anymail(message, at, envelope, "", _files(given))


_INBOUND: Mapping[str, Callable[[dict[str, Any], datetime, str], IncomingMessage | list[News]]] = {
    "postmark": _postmark,
    "sendgrid": _sendgrid,
    "mailgun": _mailgun,
    "brevo": _brevo,
    "mailjet": _mailjet,
    "sparkpost": _sparkpost,
    "mandrill": _mandrill,
}


def _from_anymail(
    message: Any, at: datetime, envelope: list[str], external_id: str, attached: list[Attachment]
) -> IncomingMessage:
    """Anymail's message in our form. Its headers are taken as they came, since parsing strangers' may fail."""
    headers = header_map({})
    headers += [(name, str(value)) for name, value in message.raw_items()]
    texts = {"text/plain": "", "text/html": ""}
    for part in message.walk():
        if part.get_content_type() in texts:
            texts[part.get_content_type()] = texts[part.get_content_type()] or str(part.get_content_text() or "")
    return from_parts(
        headers, texts["text/plain"], texts["text/html"], attached,
        at=at, recipients=[one for one in envelope if one], external_id=external_id,
    )  # fmt: skip


def _form(given: Mapping[str, Any]) -> QueryDict:
    """A form as it was stored: a list of values for each field."""
    form = QueryDict(mutable=True, encoding="utf-8")
    for name, values in given["fields"].items():
        form.setlist(name, [str(value) for value in values])
    return form


def _files(given: Mapping[str, Any]) -> list[Attachment]:
    return [
        Attachment(str(one.get("name", ""))[:255], str(one.get("type", ""))[:100], _whole(one, "size"))
        for one in given.get("files", [])
    ]


def _raw(text: str) -> bytes:
    return text[:LARGEST_MAIL].encode("utf-8", "surrogateescape")


def _whole(given: Mapping[str, Any], name: str) -> int:
    value = given.get(name)
    return value if isinstance(value, int) else 0
