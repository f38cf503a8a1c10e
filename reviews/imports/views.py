"""The pages on which managers import files. Each sees their own uploads, superusers see all."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from contacts.importing.errors import FileRefused
from contacts.models import ImportFile
from contacts.states import ImportStatus
from reviews import tasks
from reviews.imports import services
from reviews.imports.forms import ColumnsForm, UploadForm
from reviews.imports.kinds import DESCRIPTIONS, IMPORTERS, guess
from reviews.waking import wake
from staff.models import User
from staff.requests import StaffRequest

importer_only = permission_required("contacts.import_files", raise_exception=True)
LISTED = 20


@require_http_methods(["GET", "HEAD", "POST"])
@importer_only
def start(request: StaffRequest) -> HttpResponse:
    """Choose what to import; below, what was imported lately."""
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        content = form.cleaned_data["file"]
        try:
            made = services.upload(kind=form.cleaned_data["kind"], name=content.name, content=content, by=request.user)
        except services.ImportNotPossible as problem:
            form.add_error("file", problem.sentence)
        else:
            return redirect("imports:columns", made.pk)
    context = {
        "section": "import",
        "form": form,
        "kinds": [(one.title, DESCRIPTIONS[kind]) for kind, one in IMPORTERS.items()],
        "uploads": _visible(request.user).select_related("uploaded_by")[:LISTED],
    }
    return render(request, "imports/start.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@importer_only
def columns(request: StaffRequest, import_id: int) -> HttpResponse:
    """Say which column each field is in. Guessed from their names at first."""
    import_file = get_object_or_404(_visible(request.user), pk=import_id)
    if import_file.status in (ImportStatus.DONE, ImportStatus.DISCARDED):
        return redirect("imports:detail", import_id)
    try:
        delimiter, found = services.header(import_file)
    except FileRefused as problem:
        context = {"section": "import", "file": import_file, "error": str(problem)}
        return render(request, "imports/columns.html", context, status=422)
    form = ColumnsForm(import_file, delimiter, found, request.POST or None, initial=_initial(import_file, found))
    if request.method == "POST" and form.is_valid():
        try:
            services.choose(import_file=import_file, options=form.cleaned_data["chosen"], by=request.user)
        except services.ImportNotPossible as problem:
            messages.warning(request, problem.sentence)
        else:
            wake(tasks.check_import, import_id)
        return redirect("imports:detail", import_id)
    context = {"section": "import", "file": import_file, "form": form, "columns": found}
    return render(request, "imports/columns.html", context, status=422 if form.errors else 200)


@require_GET
@importer_only
def detail(request: StaffRequest, import_id: int) -> HttpResponse:
    """Where a file stands: being checked, previewed, being imported, or what came of it."""
    import_file = get_object_or_404(_visible(request.user), pk=import_id)
    if import_file.status == ImportStatus.UPLOADED:
        return redirect("imports:columns", import_id)
    report = import_file.report or {}
    sample = report.get("sample", [])
    shown = [name for name in sample[0] if any(row.get(name) for row in sample)] if sample else []
    context = {
        "section": "import",
        "file": import_file,
        "title": IMPORTERS[import_file.kind].title,
        "busy": import_file.status in (ImportStatus.CHECKING, ImportStatus.RUNNING),
        "lost": services.may_be_lost(import_file, timezone.now()),
        "report": report,
        "columns": shown,
        "sample": [[row.get(name, "") for name in shown] for row in sample],
        "has_refused": bool(report.get("refused")) and services.refused_path(import_file).exists(),
    }
    name = "imports/detail.html#import-state" if request.htmx else "imports/detail.html"
    return render(request, name, context)


@require_POST
@importer_only
def confirm(request: StaffRequest, import_id: int) -> HttpResponse:
    """Import the file as previewed."""
    import_file = get_object_or_404(_visible(request.user), pk=import_id)
    try:
        services.confirm(import_file=import_file, by=request.user)
    except services.ImportNotPossible as problem:
        messages.warning(request, problem.sentence)
    else:
        wake(tasks.run_import, import_id)
    return redirect("imports:detail", import_id)


@require_POST
@importer_only
def again(request: StaffRequest, import_id: int) -> HttpResponse:
    """Ask again for work that seems to have been lost. If it was not, nothing happens twice."""
    import_file = get_object_or_404(_visible(request.user), pk=import_id)
    if import_file.status == ImportStatus.CHECKING:
        wake(tasks.check_import, import_id)
    elif import_file.status == ImportStatus.RUNNING:
        wake(tasks.run_import, import_id)
    return redirect("imports:detail", import_id)


@require_POST
@importer_only
def discard(request: StaffRequest, import_id: int) -> HttpResponse:
    """Put the file away without importing it."""
    import_file = get_object_or_404(_visible(request.user), pk=import_id)
    try:
        services.discard(import_file=import_file, by=request.user)
    except services.ImportNotPossible as problem:
        messages.warning(request, problem.sentence)
        return redirect("imports:detail", import_id)
    messages.success(request, "The file was put away. Nothing was imported from it.")
    return redirect("imports:start")


@require_GET
@importer_only
def refused(request: StaffRequest, import_id: int) -> HttpResponseBase:
    """The refused lines, to be put right and imported again."""
    import_file = get_object_or_404(_visible(request.user), pk=import_id)
    path = services.refused_path(import_file)
    if not path.exists():
        raise Http404
    name = f"refused-{import_id}.csv"
    return FileResponse(path.open("rb"), as_attachment=True, filename=name, content_type="text/csv")


def _visible(user: User) -> QuerySet[ImportFile]:
    return ImportFile.objects.all() if user.is_superuser else ImportFile.objects.filter(uploaded_by=user)


def _initial(import_file: ImportFile, found: list[str]) -> dict[str, Any]:
    chosen = import_file.options or {}
    mapping = chosen.get("mapping") or guess(IMPORTERS[import_file.kind], found)
    as_lines = {
        name: "\n".join(f"{key}={value}" for key, value in chosen.get(name, {}).items())
        for name in ("constants", "stage_map")
    }
    plain = {name: chosen.get(name, "") for name in ("date_format", "create_owners", "create_accounts")}
    return {f"map_{name}": column for name, column in mapping.items()} | as_lines | plain
