"""The page on which people say what an event name counts as."""

from __future__ import annotations

import logging
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.db import connection
from django.db.models import Case, When
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST
from kombu.exceptions import OperationalError

from contacts import tasks
from contacts.models import EventName
from contacts.services import Refused
from contacts.services.names import map_name
from contacts.states import EventKind
from staff.models import User
from staff.requests import StaffRequest

PAGE = 50
#: Events are counted up to here; nobody decides otherwise because there are more.
COUNTED = 10_000
#: A name with more events than this is mapped by a worker, so that nobody waits for a page for minutes.
AT_ONCE = 50_000
_NOT_YET = "none"
_KINDS = [(str(kind.value), kind.label) for kind in EventKind if kind != EventKind.NO_EFFECT]

log = logging.getLogger("rekindle.contacts")
mapper = permission_required("contacts.map_events", raise_exception=True)


class KindForm(forms.Form):
    """What a name counts as."""

    kind = forms.ChoiceField(
        choices=[(_NOT_YET, "Not said yet"), (str(EventKind.NO_EFFECT.value), "No effect, on purpose"), *_KINDS]
    )

    def __init__(self, name: EventName, data: QueryDict | None = None) -> None:
        chosen = _NOT_YET if name.kind is None else str(name.kind)
        super().__init__(data, auto_id=f"%s-{name.pk}", initial={"kind": chosen})
        self.fields["kind"].widget.attrs["class"] = "w-m"
        self.fields["kind"].widget.attrs["aria-label"] = f"What {name.title} counts as"

    def wanted(self) -> int | None:
        chosen = self.cleaned_data["kind"]
        return None if chosen == _NOT_YET else int(chosen)


@require_GET
@mapper
def event_names(request: StaffRequest) -> HttpResponse:
    """Every name that events came with: first those that nobody has mapped, then the rest by name."""
    names = EventName.objects.order_by(Case(When(kind=None, then=0), default=1), "key")
    page = Paginator(names, PAGE).get_page(request.GET.get("page"))
    context = {
        "rows": _rows(list(page)),
        "unmapped": EventName.objects.filter(kind__isnull=True).count(),
        "page": page,
        "counted": COUNTED,
    }
    return render(request, "contacts/event_names.html", context)


@require_POST
@mapper
def map_event_name(request: StaffRequest, name_id: int) -> HttpResponse:
    """Say what a name counts as. The events that came with it are counted anew."""
    name = get_object_or_404(EventName, pk=name_id)
    form = KindForm(name, request.POST)
    told, refused = "", ""
    if not form.is_valid():
        refused = "Choose what it counts as from the list."
    else:
        try:
            told = _map(name, form.wanted(), request.user)
        except Refused as problem:
            refused = problem.sentence
    if not request.htmx:
        (messages.error if refused else messages.success)(request, refused or told)
        return redirect("contacts:event_names")
    name.refresh_from_db()
    context = {"row": _rows([name])[0], "told": told, "refused": refused, "counted": COUNTED}
    return render(request, "contacts/event_names.html#event-name", context, status=422 if refused else 200)


def _map(name: EventName, kind: int | None, by: User) -> str:
    """Map the name now, or have a worker do it. What to say about it."""
    if _has_many(name):
        try:
            tasks.map_event_name.delay(name.pk, kind, by.pk)
        except (OperationalError, RuntimeError, OSError):
            log.warning("Name %s is mapped at once: the broker does not answer", name.pk)
        else:
            return f"{name.title} has very many events. They are counted anew in the background."
    changed = map_name(name=name, kind=kind, by=by, now=timezone.now())
    return f"Saved. Events that count differently now: {changed}."


def _has_many(name: EventName) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM (SELECT 1 FROM contacts_event WHERE name_id = %s AND kind = %s LIMIT %s) AS found",
            [name.pk, name.kind or 0, AT_ONCE + 1],
        )
        return bool(cursor.fetchone()[0] > AT_ONCE)


def _rows(names: list[EventName]) -> list[dict[str, Any]]:
    """What the page says of each name. Events are counted where nobody has mapped them, from the index alone."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT n.id, seen.events, seen.last_at
              FROM unnest(%(ids)s::int[]) AS n(id)
             CROSS JOIN LATERAL (
                   SELECT count(*) AS events, max(received_at) AS last_at
                     FROM (SELECT e.received_at FROM contacts_event e
                            WHERE e.name_id = n.id AND e.kind = 0 LIMIT %(most)s) AS found) AS seen
            """,
            {"ids": [name.pk for name in names if name.kind is None], "most": COUNTED},
        )
        seen = {pk: (events, last_at) for pk, events, last_at in cursor.fetchall()}
    nothing = (0, None)
    return [
        {
            "name": name,
            "events": seen.get(name.pk, nothing)[0],
            "last_at": seen.get(name.pk, nothing)[1],
            "form": KindForm(name),
        }
        for name in names
    ]
