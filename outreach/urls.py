"""The sent mail, and the page behind every unsubscribe link."""

from django.urls import path

from outreach import preference_views, views

app_name = "outreach"

urlpatterns = [
    path("outbox/", views.outbox, name="outbox"),
    # Printed in messages that are out there for ever: this address never changes (interface.md).
    path("u/<str:token>", views.unsubscribe, name="unsubscribe"),
    path("u/<str:token>/preferences", preference_views.preferences, name="preferences"),
]
