"""Whether this process is alive (`/healthz`), and whether the whole is able to serve (`/readyz`)."""

from django.contrib.auth.decorators import login_not_required
from django.db import Error as AnyDatabaseError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from kombu.exceptions import OperationalError

from config.celery import WORKER_SEEN_KEY, app


@login_not_required
@require_safe
@never_cache
def alive(request: HttpRequest) -> HttpResponse:
    """Answer without asking anybody: restarting this process would not mend a database."""
    return HttpResponse("alive\n", content_type="text/plain")


@login_not_required
@require_safe
@never_cache
def ready(request: HttpRequest) -> JsonResponse:
    """200 when everything that serving needs is there, else 503 with what is missing."""
    missing = missing_from_database() + missing_from_broker()
    return JsonResponse({"ready": not missing, "missing": missing}, status=503 if missing else 200)


def missing_from_database() -> list[str]:
    """What keeps the database from serving: `database` when it does not answer, `migrations` when some are pending."""
    try:
        executor = MigrationExecutor(connection)
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except AnyDatabaseError:
        return ["database"]
    return ["migrations"] if pending else []


def missing_from_broker() -> list[str]:
    """What keeps work from being picked up: `broker` when it does not answer, `worker` when none was seen lately."""
    try:
        with app.connection_for_write() as broker:
            broker.ensure_connection(max_retries=1, timeout=2)
            seen = broker.default_channel.client.get(WORKER_SEEN_KEY)
    except (OperationalError, OSError):
        return ["broker"]
    return [] if seen else ["worker"]
