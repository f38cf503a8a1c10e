"""Messages out, permission asked, webhooks in.

Out: approved e-mails to a mail server on this machine that takes everything, by 1, 2 and 4 processes that do what a
worker does (`outreach.services.deliver_due`). The floor is the same mails handed over one after another with nothing
else done: no claim, no permission, no record. Permission: `outreach.permission.facts_for` and the rule, for many people
at once; the floor is reading the same people with their addresses. In: signed webhooks, so many a second, to the web
server as `make demo` runs it.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from benchmarks.database import QueryCount, ask, own_database, settle
from benchmarks.measure import interleave, milliseconds, percentile, progress, say, table, timed, times, whole
from benchmarks.web import serving
from contacts.models import Address, ConsentRecord, Contact
from outreach import channels
from outreach.models import Draft
from outreach.permission import facts_for
from outreach.rendering import fingerprint
from outreach.rules import may_send
from outreach.states import DraftKind, DraftStatus
from staff.models import User

WEBHOOK_SECRET = "a-secret-for-measuring"  # noqa: S105  of a server that lives for this measurement
GOAL_WEBHOOK_SECONDS = 0.02
_ROOT = Path(__file__).resolve().parent.parent
_BODY = (
    "Hello Given{number},\n\nyou asked us who would use it first. In teams like yours it is mostly the people who "
    "answer customers, two or three to begin with.\n\nOwner\n\nStop these e-mails: [[unsubscribe]]"
)
#: Floor messages are only so many: they are slow enough to be counted.
_BARE = 500


def measure(messages: int, workers: list[int], people: int, seconds: float, a_second: int) -> dict[str, Any]:
    """Measure the three. ``seconds`` and ``a_second`` are about the webhooks."""
    found: dict[str, Any] = {"messages": messages, "workers": {}}
    with own_database(), _sink() as port:
        os.environ["EMAIL_URL"] = settings.EMAIL_URL = f"smtp://127.0.0.1:{port}"
        for many in workers:
            progress(f"sending: {messages:,} messages by {many} processes")
            _empty()
            make_approved(messages)
            bare = _bare()
            found["workers"][many] = _send(messages, many) | {"bare_a_second": bare}
        progress(f"may we send: {people:,} people")
        found["permission"] = _permission(people)
    with own_database():
        progress(f"webhooks: {a_second} a second for {seconds:g} seconds")
        found["webhooks"] = _webhooks(seconds, a_second)
    _print(found)
    return found


def make_approved(many: int) -> None:
    """So many people who agreed to e-mail, and an approved message to each."""
    now = timezone.now()
    owner, _ = User.objects.get_or_create(username="owner", defaults={"name": "Owner", "email": "owner@ours.example"})
    people = Contact.objects.bulk_create(Contact(name=f"Given{number} Family") for number in range(many))
    Address.objects.bulk_create(
        Address(contact=one, kind="email", value=f"person{one.pk}@company.example") for one in people
    )
    ConsentRecord.objects.bulk_create(
        ConsentRecord(contact=one, channel="email", status="yes", source="A form", recorded_at=now - timedelta(days=9))
        for one in people
    )
    drafts = []
    for number, one in enumerate(people):
        address, subject, body = f"person{one.pk}@company.example", "Your question", _BODY.format(number=number)
        print_ = fingerprint("email", address, subject, body)
        drafts.append(
            Draft(
                contact=one, owner=owner, kind=DraftKind.FOLLOW_UP, channel="email", address=address, subject=subject,
                body=body, approved_text=body, fingerprint=print_, approved_fingerprint=print_, decided_at=now,
                decided_by=owner, status=DraftStatus.APPROVED, due_at=now, not_before=now - timedelta(seconds=1),
                reason_kind="unanswered_question", reason_text="They asked who would use it first.",
            )
        )  # fmt: skip
    Draft.objects.bulk_create(drafts, batch_size=2000)
    settle("contacts_contact", "contacts_address", "contacts_consentrecord", "outreach_draft")


def _empty() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET rekindle.allow_truncate = 'on'")
        cursor.execute("TRUNCATE outreach_draft, contacts_contact CASCADE")


def _bare() -> float:
    """Mails a second where nothing but handing over is done."""
    messages = [channels.compose(draft) for draft in Draft.objects.select_related("contact", "owner", "brand")[:_BARE]]
    spent = timed(lambda: [channels.hand_over(message) for message in messages])
    return len(messages) / spent


def _send(messages: int, many: int) -> dict[str, float]:
    """All processes begin at one word, so that starting Python is not counted."""
    begun = [
        subprocess.Popen(
            [sys.executable, "-m", "benchmarks.worker"],
            cwd=_ROOT,
            env=os.environ | {"DJANGO_SETTINGS_MODULE": "benchmarks.settings", "EMAIL_URL": settings.EMAIL_URL},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for _ in range(many)
    ]
    for one in begun:
        assert one.stdout is not None
        one.stdout.readline()
    began = time.perf_counter()
    for one in begun:
        assert one.stdin is not None
        one.stdin.write(b"go\n")
        one.stdin.flush()
    for one in begun:
        one.wait()
    spent = time.perf_counter() - began
    sent = Draft.objects.filter(status=DraftStatus.SENT).count()
    if sent != messages:
        left = ask("SELECT status, status_reason, count(*) FROM outreach_draft GROUP BY 1, 2")
        raise AssertionError(f"{sent} of {messages} messages were sent: {left}")
    return {"seconds": spent, "a_second": messages / spent}


@contextmanager
def _sink() -> Iterator[int]:
    """The mail server, in a process of its own: it must not share a core's worth of Python with what is measured."""
    server = subprocess.Popen([sys.executable, "-m", "benchmarks.sink"], cwd=_ROOT, stdout=subprocess.PIPE)
    try:
        assert server.stdout is not None
        yield int(server.stdout.readline())
    finally:
        server.terminate()
        server.wait(10)


def _permission(people: int) -> dict[str, Any]:
    _empty()
    make_approved(people)
    ids = list(Contact.objects.values_list("pk", flat=True))
    now = timezone.now()
    counter = QueryCount()

    def judge() -> int:
        return sum(1 for facts in facts_for(contact_ids=ids, now=now).values() if may_send(facts))

    with connection.execute_wrapper(counter):
        judge()
    found = interleave(
        {
            "reading people and addresses": lambda: ask(
                "SELECT * FROM contacts_contact c JOIN contacts_address a ON a.contact_id = c.id"
            ),
            "the facts, one statement": lambda: facts_for(contact_ids=ids, now=now),
            "the facts and the rule": judge,
        },
        rounds=5,
    )
    return {
        "people": people,
        "statements": counter.count,
        "seconds": {case: found.median(case) for case in found.seconds},
        "times_reading": {case: found.ratio(case, "reading people and addresses") for case in found.seconds},
    }


def _webhooks(seconds: float, a_second: int) -> dict[str, Any]:
    """Each at its own moment, however long the answers take: a provider does not wait for us."""
    os.environ["WEBHOOK_SECRET"] = WEBHOOK_SECRET
    answers: list[float] = []
    with serving() as port:
        for number in range(20):  # connections, plans and code settle; not counted
            _post(port, f"warm-{number}")
        threads = []
        began = time.perf_counter()
        for number in range(int(seconds * a_second)):
            time.sleep(max(0.0, began + number / a_second - time.perf_counter()))
            one = threading.Thread(target=lambda number=number: answers.append(_post(port, f"event-{number}")))
            one.start()
            threads.append(one)
        for one in threads:
            one.join()
    kept = ask("SELECT count(*) FROM outreach_providernotice WHERE external_id LIKE 'event-%'")[0][0]
    if kept != len(answers):
        raise AssertionError(f"{kept} of {len(answers)} webhooks were kept.")
    return {"a_second": a_second, "p50": percentile(answers, 0.5), "p95": percentile(answers, 0.95), "many": kept}


def _post(port: int, event: str) -> float:
    """Seconds of one signed webhook, its connection included."""
    body = json.dumps({"id": event, "event": "delivered", "message_id": "<nobody@nowhere.example>"}).encode()
    at = str(int(time.time()))
    signature = hmac.new(WEBHOOK_SECRET.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    headers = {"Content-Type": "application/json", "Rekindle-Signature": f"t={at},v1={signature}"}
    begun = time.perf_counter()
    asked = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        asked.request("POST", "/hooks/email/generic/tracking/", body=body, headers=headers)
        answer = asked.getresponse()
        answer.read()
    finally:
        asked.close()
    if answer.status != 200:
        raise AssertionError(f"The webhook answered {answer.status}.")
    return time.perf_counter() - begun


def _print(found: dict[str, Any]) -> None:
    one = found["workers"][min(found["workers"])]["a_second"]
    rows = [
        [
            f"{many} at work",
            f"{each['seconds']:.1f}",
            whole(each["a_second"]),
            whole(each["a_second"] / many),
            times(each["a_second"] / one),
            f"{each['a_second'] / each['bare_a_second']:.2f}",
        ]
        for many, each in found["workers"].items()
    ]
    table(
        f"{found['messages']:,} approved messages to a mail server on this machine",
        ["processes", "seconds", "messages/s", "each", "of one", "÷ bare SMTP"],
        rows,
    )
    permission = found["permission"]
    table(
        f"May we send: {permission['people']:,} people, {permission['statements']} statement",
        ["case", "ms", "÷ reading"],
        [
            [case, milliseconds(spent), times(permission["times_reading"][case])]
            for case, spent in permission["seconds"].items()
        ],
    )
    hooks = found["webhooks"]
    p50, p95 = milliseconds(hooks["p50"]), milliseconds(hooks["p95"])
    goal = milliseconds(GOAL_WEBHOOK_SECONDS)
    say(f"\nWebhooks, {hooks['a_second']} a second: p50 {p50} ms, p95 {p95} ms (goal: below {goal})")
