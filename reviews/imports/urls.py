"""Addresses of the import pages."""

from django.urls import path

from reviews.imports import views

app_name = "imports"

urlpatterns = [
    path("", views.start, name="start"),
    path("<int:import_id>/", views.detail, name="detail"),
    path("<int:import_id>/columns/", views.columns, name="columns"),
    path("<int:import_id>/confirm/", views.confirm, name="confirm"),
    path("<int:import_id>/again/", views.again, name="again"),
    path("<int:import_id>/discard/", views.discard, name="discard"),
    path("<int:import_id>/refused/", views.refused, name="refused"),
]
