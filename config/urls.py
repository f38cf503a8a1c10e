"""Every address of the site. Each app keeps its own; this file only says where they hang."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.generic import RedirectView

from config import health
from followups import calendar_hooks

admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path(
        "login/",
        login_not_required(RedirectView.as_view(pattern_name="account_login", query_string=True)),
        name="login",
    ),
    # Addresses of staff are changed in the admin: people sign in with them, so they are not the person's own to swap.
    path("account/email/", RedirectView.as_view(pattern_name="account_change_password")),
    path("account/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("", include("staff.urls")),
    path("hooks/calendar/generic/", calendar_hooks.calendar_entries, name="calendar_entries"),
    path("hooks/", include("outreach.inbound.webhooks.urls")),
    path("", include("outreach.urls")),
    path("", include("contacts.urls")),
    path("", include("followups.urls")),
    path("", include("retention.urls")),
    path("import/", include("reviews.imports.urls")),
    path("", include("reviews.urls")),
]
