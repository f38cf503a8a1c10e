"""The pages of the admin on which cadences, outcomes and assignment are set up."""

from __future__ import annotations

from collections.abc import Callable

from django.urls import reverse

from followups.models import Cadence, CadenceVersion
from followups.services import new_draft_version
from followups.states import VersionStatus


def page(name: str) -> Callable[[], str]:
    return lambda: reverse(f"admin:followups_{name}")


def of_version(name: str, status: str) -> Callable[[], str]:
    """A page of a version in this status; a draft is begun when there is none."""

    def find() -> str:
        version = CadenceVersion.objects.filter(status=status).order_by("pk").first()
        if version is None:
            version = new_draft_version(cadence=Cadence.objects.get(name="default"), by=None)
        return reverse(f"admin:followups_cadenceversion_{name}", args=[version.pk])

    return find


CADENCE_PAGES: list[tuple[str, str | None, Callable[[], str]]] = [
    ("admin, draft of a cadence", "admin", of_version("change", VersionStatus.DRAFT)),
    ("admin, clone a cadence", "admin", of_version("clone", VersionStatus.PUBLISHED)),
    ("admin, cadence from a file", "admin", page("cadence_import")),
    ("admin, outcomes", "admin", page("outcome_changelist")),
    ("admin, new outcome", "admin", page("outcome_add")),
    ("admin, new assignment rule", "admin", page("assignmentrule_add")),
]
