"""Addresses of the quiet leads."""

from django.urls import path

from followups import views

app_name = "followups"

urlpatterns = [
    path("leads/", views.leads, name="leads"),
    path("leads/<int:lead_id>/", views.lead, name="lead"),
]
