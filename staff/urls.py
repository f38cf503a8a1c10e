"""Addresses about the people who work here."""

from django.urls import path

from staff import absence_views, notice_views, views

app_name = "staff"

urlpatterns = [
    path("theme/", views.choose_theme, name="theme"),
    path("keys/", views.choose_keys, name="keys"),
    path("notices/", notice_views.notices, name="notices"),
    path("notices/<int:notice_id>/", notice_views.open_notice, name="notice"),
    path("notices/read/", notice_views.read_notices, name="read_notices"),
    path("notices/choices/", notice_views.choose_notices, name="notice_choices"),
    path("absences/", absence_views.absences, name="absences"),
    path("absences/<int:absence_id>/end/", absence_views.end_absence, name="end_absence"),
    path("audit/", views.read_audit_log, name="audit"),
]
