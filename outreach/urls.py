"""The sent mail, and the page behind every unsubscribe link."""

from django.urls import path

from outreach import preference_views, reply_views, sending_views, trying_views, views
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
    path("sending/", sending_views.sending, name="sending"),
    path("sending/stop/", sending_views.stop, name="stop_sending"),
    path("sending/stops/<int:stop_id>/lift/", sending_views.lift, name="lift_stop"),
    path("sending/hours/<slug:channel>/", sending_views.set_hours, name="set_hours"),
    path("sending/caps/", sending_views.set_cap, name="set_cap"),
    path("sending/caps/<int:cap_id>/remove/", sending_views.remove_cap, name="remove_cap"),
    path("sending/rates/", sending_views.set_rate, name="set_rate"),
    path("sending/rates/<int:rate_id>/remove/", sending_views.remove_rate, name="remove_rate"),
    path("sending/warm-up/", sending_views.set_warm_up, name="set_warm_up"),
    path("sending/warm-up/<int:domain_id>/remove/", sending_views.remove_warm_up, name="remove_warm_up"),
    path("replies/", reply_views.replies, name="replies"),
    path("replies/<int:reply_id>/", reply_views.reply, name="reply"),
    path("replies/<int:reply_id>/confirm/", reply_views.confirm, name="confirm_reply"),
    path("replies/<int:reply_id>/release/", reply_views.release, name="release_reply"),
    path("replies/<int:reply_id>/settle/", reply_views.settle, name="settle_reply"),
    path("replies/<int:reply_id>/relabel/", reply_views.relabel, name="relabel_reply"),
    path("texts/try/", trying_views.try_text_page, name="try_text"),
    # Printed in messages that are out there for ever: this address never changes (interface.md).
    path("u/<str:token>", views.unsubscribe, name="unsubscribe"),
    path("u/<str:token>/preferences", preference_views.preferences, name="preferences"),
]
