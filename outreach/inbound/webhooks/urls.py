"""Where providers tell us things (docs/inbound.md)."""

from django.urls import path

from outreach.inbound.webhooks import views

app_name = "hooks"

urlpatterns = [
    path("email/<slug:provider>/tracking/", views.mail_news, name="mail_news"),
    path("email/<slug:provider>/inbound/", views.mail_message, name="mail_message"),
    # Twilio calls it a status.
    path("sms/<slug:provider>/status/", views.sms_news, name="sms_status"),
    path("sms/<slug:provider>/tracking/", views.sms_news, name="sms_news"),
    path("sms/<slug:provider>/inbound/", views.sms_message, name="sms_message"),
]
