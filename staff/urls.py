"""Addresses about the people who work here."""

from django.urls import path

from staff import views

app_name = "staff"

urlpatterns = [
    path("theme/", views.choose_theme, name="theme"),
    path("audit/", views.read_audit_log, name="audit"),
]
