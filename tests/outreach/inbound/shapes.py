"""What providers post, in the shapes of their public documentation, and how each of them proves a request."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from twilio.request_validator import RequestValidator

from outreach.inbound.webhooks.signatures import signature

SECRET = "rekindle:correct-horse-battery"
MAILGUN_KEY = "key-mailgun-signing"
MANDRILL_KEY = "mandrill-webhook-key"
TWILIO_TOKEN = "twilio-auth-token"
SENDGRID_PRIVATE = ec.generate_private_key(ec.SECP256R1())
SENDGRID_KEY = base64.b64encode(
    SENDGRID_PRIVATE.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
).decode()
PUBLIC_URL = "https://rekindle.example"
AT = 1_779_267_600  # 20 May 2026, 9:00 UTC
LINK = "https://example.com/a"
MIME = (
    "From: Marta Lindqvist <{sender}>\r\nTo: {to}\r\nSubject: Re: Your question\r\n"
    "Message-ID: <answer-1@northlight.example>\r\nIn-Reply-To: {about}\r\n"
    "Content-Type: text/plain; charset=utf-8\r\n\r\nYes, next week is fine.\r\n"
)
BASIC = {"Authorization": "Basic " + base64.b64encode(SECRET.encode()).decode()}


@dataclass(frozen=True)
class Post:
    """One request as the provider would make it."""

    path: str
    body: bytes
    content_type: str = "application/json"
    headers: Mapping[str, str] | None = None


def tracking(provider: str, what: str, *, about: str, to: str, number: int = 1, **more: Any) -> Post:
    """News in the provider's shape. ``about`` is its id of the message, ``number`` tells events of a kind apart."""
    events = {
        "postmark": _postmark,
        "sendgrid": _sendgrid,
        "mailgun": _mailgun,
        "brevo": _brevo,
        "mailjet": _mailjet,
        "sparkpost": _sparkpost,
        "mandrill": _mandrill,
    }
    return signed(provider, "tracking", events[provider](what, about, to, number, more))


def _postmark(what: str, about: str, to: str, number: int, more: dict[str, Any]) -> dict[str, Any]:
    common = {"MessageID": about, "Tag": "", "Metadata": more.get("metadata", {}), "MessageStream": "outbound"}
    when = f"2026-05-20T09:00:{number:02}Z"
    return {
        "delivered": {"RecordType": "Delivery", "Recipient": to, "DeliveredAt": when, "Details": "250 ok", **common},
        "hard": {"RecordType": "Bounce", "ID": 4323372036854775807, "Type": "HardBounce", "TypeCode": 1, "Email": to,
                 "Description": "The server was unable to deliver your message", "BouncedAt": when,
                 "Details": "smtp;550 5.1.1 The email account that you tried to reach does not exist.", **common},
        "soft": {"RecordType": "Bounce", "ID": 4323372036854775808, "Type": "SoftBounce", "Email": to,
                 "BouncedAt": when, "Details": "smtp;552 5.2.2 mailbox full", **common},
        "complained": {"RecordType": "SpamComplaint", "ID": 42, "Type": "SpamComplaint", "Email": to,
                       "BouncedAt": when, **common},
        "unsubscribed": {"RecordType": "SubscriptionChange", "Recipient": to, "SuppressSending": True,
                         "SuppressionReason": "ManualSuppression", "ChangedAt": when, "Origin": "Recipient", **common},
        "opened": {"RecordType": "Open", "Recipient": to, "ReceivedAt": when, "FirstOpen": True, **common,
                   "UserAgent": more.get("agent", "Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Firefox/125.0")},
        "clicked": {"RecordType": "Click", "Recipient": to, "ReceivedAt": when,
                    "OriginalLink": more.get("url", LINK), "UserAgent": "Mozilla/5.0 (iPhone)",
                    **common},
    }[what]  # fmt: skip


def _sendgrid(what: str, about: str, to: str, number: int, more: dict[str, Any]) -> list[dict[str, Any]]:
    names = {"delivered": "delivered", "hard": "bounce", "soft": "bounce", "complained": "spamreport",
             "unsubscribed": "unsubscribe", "opened": "open", "clicked": "click"}  # fmt: skip
    event: dict[str, Any] = {
        "email": to, "timestamp": AT + number, "smtp-id": about, "event": names[what], "category": ["follow-up"],
        "sg_event_id": f"sg-{what}-{number}", "sg_message_id": "14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0",
    }  # fmt: skip
    if what == "hard":
        event |= {"reason": "550 5.1.1 unknown user", "status": "5.1.1", "type": "bounce"}
    if what == "soft":
        event |= {"reason": "554 5.7.1 blocked", "status": "5.7.1", "type": "blocked"}
    if what in {"opened", "clicked"}:
        event |= {"useragent": "Mozilla/5.0 (Windows NT 10.0) Firefox/125.0", "ip": "255.255.255.255"}
    if what == "opened":
        event |= {"sg_machine_open": more.get("machine", False)}
    if what == "clicked":
        event |= {"url": more.get("url", LINK)}
    return [event]


def _mailgun(what: str, about: str, to: str, number: int, more: dict[str, Any]) -> dict[str, Any]:
    names = {"delivered": "delivered", "hard": "failed", "soft": "failed", "complained": "complained",
             "unsubscribed": "unsubscribed", "opened": "opened", "clicked": "clicked"}  # fmt: skip
    data: dict[str, Any] = {
        "id": f"mg-{what}-{number}", "timestamp": AT + number + 0.25, "log-level": "info", "event": names[what],
        "recipient": to, "message": {"headers": {"message-id": about.strip("<>"), "to": to}}, "tags": [],
        "user-variables": more.get("metadata", {}),
    }  # fmt: skip
    if what == "hard":
        data |= {"severity": "permanent", "reason": "bounce",
                 "delivery-status": {"code": 550, "message": "5.1.1 The email account does not exist"}}  # fmt: skip
    if what == "soft":
        data |= {"severity": "permanent", "reason": "generic",
                 "delivery-status": {"code": 550, "message": "5.7.1 rejected for policy reasons"}}  # fmt: skip
    if what in {"opened", "clicked"}:
        data |= {"client-info": {"user-agent": "Mozilla/5.0 (Macintosh) Safari/605", "bot": more.get("bot", "")}}
    if what == "clicked":
        data |= {"url": more.get("url", LINK)}
    return {"event-data": data}


def _brevo(what: str, about: str, to: str, number: int, more: dict[str, Any]) -> dict[str, Any]:
    names = {"delivered": "delivered", "hard": "hard_bounce", "soft": "soft_bounce", "complained": "spam",
             "unsubscribed": "unsubscribe", "opened": more.get("event", "opened"), "clicked": "click"}  # fmt: skip
    return {"event": names[what], "email": to, "id": 26224, "date": "2026-05-20 11:00:00", "ts": AT, "ts_event": AT,
            "ts_epoch": (AT + number) * 1000, "message-id": about, "subject": "Your question", "reason": "said so",
            "link": more.get("url", LINK), "sending_ip": "1.2.3.4"}  # fmt: skip


def _mailjet(what: str, about: str, to: str, number: int, more: dict[str, Any]) -> list[dict[str, Any]]:
    names = {"delivered": "sent", "hard": "bounce", "soft": "bounce", "complained": "spam", "unsubscribed": "unsub",
             "opened": "open", "clicked": "click"}  # fmt: skip
    event: dict[str, Any] = {"event": names[what], "time": AT + number, "MessageID": 19421777396190490, "email": to,
                             "mj_campaign_id": 7, "customcampaign": "", "CustomID": about, "Payload": ""}  # fmt: skip
    if what in {"hard", "soft"}:
        event |= {"blocked": False, "hard_bounce": what == "hard", "error_related_to": "recipient",
                  "error": "user unknown" if what == "hard" else "quota exceeded"}  # fmt: skip
    if what in {"opened", "clicked"}:
        event |= {
            "agent": "Mozilla/5.0 (Windows NT 10.0) Firefox/125.0",
            "url": more.get("url", LINK),
        }
    return [event]


def _sparkpost(what: str, about: str, to: str, number: int, more: dict[str, Any]) -> list[dict[str, Any]]:
    names = {"delivered": "delivery", "hard": "bounce", "soft": "bounce", "complained": "spam_complaint",
             "unsubscribed": "list_unsubscribe", "opened": "open", "clicked": "click"}  # fmt: skip
    group = {"opened": "track_event", "clicked": "track_event", "unsubscribed": "unsubscribe_event"}
    event: dict[str, Any] = {"type": names[what], "event_id": f"9{number:03}{what}", "timestamp": str(AT + number),
                             "transmission_id": about, "message_id": "000443ee14578172be22", "raw_rcpt_to": to,
                             "rcpt_meta": more.get("metadata", {})}  # fmt: skip
    if what in {"hard", "soft"}:
        event |= {"bounce_class": "10" if what == "hard" else "51", "raw_reason": "550 said no"}
    if what in {"opened", "clicked"}:
        event |= {"user_agent": "Mozilla/5.0 (Macintosh) Safari/605", "is_prefetched": more.get("machine", False)}
    if what == "clicked":
        event |= {"target_link_url": more.get("url", LINK)}
    return [{"msys": {group.get(what, "message_event"): event}}, {"msys": {}}]


def _mandrill(what: str, about: str, to: str, number: int, more: dict[str, Any]) -> list[dict[str, Any]]:
    names = {"delivered": "delivered", "hard": "hard_bounce", "soft": "soft_bounce", "complained": "spam",
             "unsubscribed": "unsub", "opened": "open", "clicked": "click"}  # fmt: skip
    message = {"_id": about, "email": to, "state": "sent", "ts": AT, "metadata": more.get("metadata", {}), "tags": [],
               "diag": "smtp;550 5.1.1 no" if what == "hard" else "smtp;552 5.2.2 full"}  # fmt: skip
    return [{"event": names[what], "_id": about, "ts": AT + number, "msg": message,
             "user_agent": "Mozilla/5.0 (Windows) Firefox/125.0", "url": more.get("url", LINK)}]  # fmt: skip


def inbound(provider: str, *, sender: str, to: str, about: str, text: str = "Yes, next week is fine.") -> Post:
    """A mail to us in the provider's shape."""
    mime = MIME.format(sender=sender, to=to, about=about).replace("Yes, next week is fine.", text)
    headers = [["From", f"Marta Lindqvist <{sender}>"], ["To", to], ["Subject", "Re: Your question"],
               ["Message-ID", "<answer-1@northlight.example>"], ["In-Reply-To", about]]  # fmt: skip
    shapes: dict[str, Any] = {
        "postmark": {"FromFull": {"Email": sender, "Name": "Marta Lindqvist", "MailboxHash": ""},
                     "ToFull": [{"Email": to, "Name": ""}], "OriginalRecipient": to, "Subject": "Re: Your question",
                     "MessageID": "73e6d360-66eb-11e1-8e72-a8904824019b", "TextBody": text, "HtmlBody": "",
                     "Headers": [{"Name": "In-Reply-To", "Value": about}],
                     "Attachments": [{"Name": "a.zip", "Content": "UEsDB", "ContentType": "application/zip",
                                      "ContentLength": 4096}]},
        "brevo": {"items": [{"Uuid": ["1cd1cd43-a2d1-4e7d-9c43-96d23b6d7f6a"], "MessageId": "<answer-1@n.example>",
                             "Recipients": [to], "RawTextBody": text, "RawHtmlBody": None,
                             "Attachments": [{"Name": "a.zip", "ContentType": "application/zip", "ContentLength": 9,
                                              "DownloadToken": "token-that-must-not-be-used"}],
                             "Headers": dict(headers)}]},
        "mailjet": {"Sender": sender, "Recipient": to, "Text-part": text, "Headers": dict(headers),
                    "Parts": [{"Headers": {"Content-Type": "text/plain"}, "ContentRef": "Text-part"},
                              {"Headers": {"Content-Type": "application/zip"}, "ContentRef": "Attachment1"}],
                    "Attachment1": "QUFBQQ=="},
        "sparkpost": [{"msys": {"relay_message": {"protocol": "smtp", "msg_from": sender, "rcpt_to": to,
                       "content": {"email_rfc822": base64.b64encode(mime.encode()).decode(),
                                   "email_rfc822_is_base64": True}}}}],
        "mandrill": [{"event": "inbound", "ts": AT, "msg": {"raw_msg": mime, "email": to, "from_email": sender}}],
        "mailgun": {"recipient": to, "sender": sender, "subject": "Re: Your question", "body-plain": text,
                    "message-headers": json.dumps(headers), "timestamp": str(int(time.time()))},
        "sendgrid": {"headers": "\n".join(f"{name}: {value}" for name, value in headers) + "\n", "text": text,
                     "envelope": json.dumps({"to": [to], "from": sender}), "charsets": '{"text":"iso-8859-1"}',
                     "attachments": "0"},
    }  # fmt: skip
    return signed(provider, "inbound", shapes[provider])


def signed(provider: str, kind: str, shape: Any, *, at: float | None = None, key: str = "") -> Post:
    """The request with the proof its provider gives; ``key`` is another one than ours, ``at`` another time."""
    path, now = f"/hooks/email/{provider}/{kind}/", int(at if at is not None else time.time())
    if provider == "mandrill":
        events = json.dumps(shape)
        signed_text = f"{PUBLIC_URL}{path}mandrill_events{events}"
        mac = hmac.new((key or MANDRILL_KEY).encode(), signed_text.encode(), hashlib.sha1).digest()
        return Post(path, urlencode({"mandrill_events": events}).encode(), "application/x-www-form-urlencoded",
                    {"X-Mandrill-Signature": base64.b64encode(mac).decode()})  # fmt: skip
    if provider == "mailgun":
        token = hashlib.md5(str(time.perf_counter_ns()).encode()).hexdigest()  # noqa: S324  as theirs differs each time
        mac_hex = hmac.new((key or MAILGUN_KEY).encode(), f"{now}{token}".encode(), hashlib.sha256).hexdigest()
        proof = {"timestamp": str(now), "token": token, "signature": mac_hex}
        if kind == "tracking":
            return Post(path, json.dumps({"signature": proof, **shape}).encode())
        return multipart(path, shape | proof)
    body = json.dumps(shape).encode()
    basic = BASIC if not key else {"Authorization": "Basic " + base64.b64encode(key.encode()).decode()}
    if provider == "sendgrid" and kind == "tracking":
        private = SENDGRID_PRIVATE if not key else ec.generate_private_key(ec.SECP256R1())
        proof_bytes = private.sign(str(now).encode() + body, ec.ECDSA(hashes.SHA256()))
        return Post(path, body, headers={
            "X-Twilio-Email-Event-Webhook-Signature": base64.b64encode(proof_bytes).decode(),
            "X-Twilio-Email-Event-Webhook-Timestamp": str(now)})  # fmt: skip
    if provider == "sendgrid":
        post = multipart(path, shape)
        return Post(post.path, post.body, post.content_type, basic)
    if provider == "generic":
        return generic(kind, shape, at=now, key=key)
    return Post(path, body, headers=basic)


def generic(kind: str, shape: Any, *, channel: str = "email", at: float | None = None, key: str = "") -> Post:
    body = json.dumps(shape).encode()
    header = signature(body, at=int(at if at is not None else time.time()), secret=key or SECRET)
    return Post(f"/hooks/{channel}/generic/{kind}/", body, headers={"Rekindle-Signature": header})


def twilio(kind: str, fields: dict[str, str], *, key: str = "", host: str = PUBLIC_URL) -> Post:
    path = f"/hooks/sms/twilio/{kind}/"
    proof = RequestValidator(key or TWILIO_TOKEN).compute_signature(host + path, fields)
    return Post(path, urlencode(fields).encode(), "application/x-www-form-urlencoded", {"X-Twilio-Signature": proof})


def multipart(path: str, fields: Mapping[str, str]) -> Post:
    """A form as providers post it, with a file in it."""
    edge = "xYzZY"
    parts = [f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in
             fields.items()]  # fmt: skip
    encoding = "latin-1" if "charsets" in fields else "utf-8"
    parts.append(
        f'--{edge}\r\nContent-Disposition: form-data; name="attachment-1"; filename="a.zip"\r\n'
        f"Content-Type: application/zip\r\n\r\nPK\r\n--{edge}--\r\n"
    )
    return Post(path, "".join(parts).encode(encoding), f"multipart/form-data; boundary={edge}")
