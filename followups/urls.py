"""Addresses of the quiet leads."""

from django.urls import path

from followups import material_views, readiness_views, views

app_name = "followups"

urlpatterns = [
    path("leads/", views.leads, name="leads"),
    path("leads/<int:lead_id>/", views.lead, name="lead"),
    path("leads/<int:lead_id>/pause/", views.pause, name="pause"),
    path("leads/<int:lead_id>/resume/", views.resume, name="resume"),
    path("leads/<int:lead_id>/note/", views.add_note, name="add_note"),
    path("leads/<int:lead_id>/close/", views.close_out, name="close_out"),
    path("leads/<int:lead_id>/reopen/", views.reopen, name="reopen"),
    path("leads/<int:lead_id>/stop/", views.stop_writing, name="stop_writing"),
    path("material/", material_views.material, name="material"),
    path("material/new/", material_views.new_material, name="new_material"),
    path("material/<int:asset_id>/", material_views.asset, name="asset"),
    path("material/<int:asset_id>/change/", material_views.change_asset, name="change_asset"),
    path("material/<int:asset_id>/retire/", material_views.retire_asset, name="retire_asset"),
    path("readiness/", readiness_views.readiness, name="readiness"),
]
