"""Addresses of the quiet leads."""

from django.urls import path

from followups import intake_views, material_views, readiness_views, simulation_views, views

app_name = "followups"

urlpatterns = [
    path("intake/", intake_views.intake_list, name="intake"),
    path("intake/answers/", intake_views.answer_cases, name="intake_answers"),
    path("intake/<int:case_id>/<slug:answer>/", intake_views.answer_case, name="intake_answer"),
    path("leads/", views.leads, name="leads"),
    path("leads/simulations/", simulation_views.simulate, name="simulate"),
    path("leads/simulations/<int:simulation_id>/", simulation_views.simulation, name="simulation"),
    path("leads/simulations/<int:simulation_id>/leads/", simulation_views.simulated_leads, name="simulated_leads"),
    path("leads/simulations/<int:simulation_id>/cancel/", simulation_views.cancel_simulation, name="cancel_simulation"),
    path("leads/<int:lead_id>/", views.lead, name="lead"),
    path("leads/<int:lead_id>/pause/", views.pause, name="pause"),
    path("leads/<int:lead_id>/resume/", views.resume, name="resume"),
    path("leads/<int:lead_id>/note/", views.add_note, name="add_note"),
    path("leads/<int:lead_id>/close/", views.close_out, name="close_out"),
    path("leads/<int:lead_id>/put-off/", views.put_off, name="put_off"),
    path("leads/<int:lead_id>/take-over/", views.take_over, name="take_over"),
    path("leads/<int:lead_id>/remind/", views.remind, name="remind"),
    path("leads/<int:lead_id>/tags/", views.set_tags, name="set_tags"),
    path("leads/<int:lead_id>/reopen/", views.reopen, name="reopen"),
    path("leads/<int:lead_id>/stop/", views.stop_writing, name="stop_writing"),
    path("material/", material_views.material, name="material"),
    path("material/new/", material_views.new_material, name="new_material"),
    path("material/<int:asset_id>/", material_views.asset, name="asset"),
    path("material/<int:asset_id>/change/", material_views.change_asset, name="change_asset"),
    path("material/<int:asset_id>/retire/", material_views.retire_asset, name="retire_asset"),
    path("readiness/", readiness_views.readiness, name="readiness"),
]
