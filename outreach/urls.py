"""The sent mail, and the page behind every unsubscribe link."""

from django.urls import path

from outreach import preference_views, views
from outreach.api import inbox, openapi, push

app_name = "outreach"

urlpatterns = [
    path("v1/inbox/openapi.json", openapi.document, name="api_openapi"),
    # Ids of users are whatever the product calls them by, slashes included.
    path("v1/inbox/<path:user_id>/<int:message_id>/read", inbox.mark_read, name="api_read"),
    path("v1/inbox/<path:user_id>/<int:message_id>/dismiss", inbox.mark_dismissed, name="api_dismiss"),
    path("v1/inbox/<path:user_id>", inbox.inbox, name="api_inbox"),
    path("v1/push/<path:user_id>/<int:message_id>/opened", inbox.mark_opened, name="api_opened"),
    path("v1/push/<path:user_id>", push.browsers, name="api_push"),
    path("outbox/", views.outbox, name="outbox"),
    # Printed in messages that are out there for ever: this address never changes (interface.md).
    path("u/<str:token>", views.unsubscribe, name="unsubscribe"),
    path("u/<str:token>/preferences", preference_views.preferences, name="preferences"),
]
