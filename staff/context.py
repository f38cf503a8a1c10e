"""What every page is told about its looks."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from staff.models import Notification, User
from staff.navigation import navigation_for
from staff.states import Theme

#: Which item of the main navigation a page belongs to, by the URL namespace it lives in. A view may say otherwise.
SECTION_OF_NAMESPACE = {
    "reviews": "queue",
    "followups": "leads",
    "retention": "customers",
    "outreach": "sent",
    "imports": "import",
    "contacts": "import",
}


def appearance(request: HttpRequest) -> dict[str, Any]:
    """``theme`` as chosen with `/theme/`, ``keys`` ("off" where single keys do not act), and ``section``.

    The section is the main navigation item that is current, "" for none. ``navigation`` is reckoned where a template
    asks for it, which it does where somebody is signed in.
    """
    theme = request.COOKIES.get("theme", "")
    match = request.resolver_match
    section = SECTION_OF_NAMESPACE.get(match.namespace, "") if match else ""
    if match and match.namespace == "retention" and match.route.startswith("score/"):
        section = "score"
    if match and match.namespace == "retention" and match.route.startswith(("playbooks/", "experiments/")):
        section = "playbooks"
    if match and match.namespace == "admin" and (match.url_name or "").startswith("followups_cadence"):
        section = "cadences"
    return {
        "theme": theme if theme in Theme.values else Theme.SYSTEM.value,
        "keys": "off" if request.COOKIES.get("keys") == "off" else "on",
        "section": section,
        "unread_notices": lambda: _unread(request.user),  # type: ignore[arg-type]  # the same
        "navigation": lambda: navigation_for(request.user),  # type: ignore[arg-type]  # nobody's is never asked for
    }


#: Nobody counts further; the database need not either.
MOST_UNREAD = 99


def _unread(user: User) -> str:
    """How many notices somebody has not read, "" for none."""
    count = Notification.objects.filter(user=user, read_at=None)[: MOST_UNREAD + 1].count()
    return f"{MOST_UNREAD}+" if count > MOST_UNREAD else str(count or "")
