"""Addresses of the scores."""

from django.urls import path

from retention.views import capacity, customers, dry_runs, experiments, playbook_versions, playbooks, trials, versions

app_name = "retention"

urlpatterns = [
    path("playbooks/", playbooks.everything, name="playbooks"),
    path("playbooks/new/", playbooks.create, name="create_playbook"),
    path("playbooks/<int:playbook_id>/", playbooks.playbook, name="playbook"),
    path("playbooks/<int:playbook_id>/pause/", playbooks.pause, name="pause_playbook"),
    path("playbooks/<int:playbook_id>/resume/", playbooks.resume, name="resume_playbook"),
    path("playbooks/<int:playbook_id>/scale/", playbooks.scale, name="scale_playbook"),
    path("playbooks/<int:playbook_id>/versions/", playbooks.new_version, name="new_playbook_version"),
    path("playbooks/versions/<int:version_id>/", playbook_versions.version, name="playbook_version"),
    path("playbooks/versions/<int:version_id>/clone/", playbooks.clone, name="clone_playbook"),
    path("playbooks/versions/<int:version_id>/publish/", playbook_versions.publish, name="publish_playbook"),
    path("playbooks/versions/<int:version_id>/retire/", playbook_versions.retire, name="retire_playbook"),
    path("experiments/", experiments.everything, name="experiments"),
    path("experiments/<int:experiment_id>/", experiments.experiment, name="experiment"),
    path("experiments/<int:experiment_id>/design/", experiments.design, name="experiment_design"),
    path("experiments/<int:experiment_id>/decide/", experiments.decide, name="decide_experiment"),
    path("playbooks/capacity/", capacity.capacity, name="capacity"),
    path("playbooks/capacity/minutes/", capacity.set_capacity, name="set_capacity"),
    path("playbooks/capacity/rules/", capacity.set_capacity_rules, name="set_capacity_rules"),
    path("playbooks/capacity/absences/", capacity.add_absence, name="add_absence"),
    path("playbooks/capacity/absences/<int:absence_id>/end/", capacity.end_absence, name="end_absence"),
    path("customers/", customers.everyone, name="customers"),
    path("customers/<int:customer_id>/", customers.customer, name="customer"),
    path("customers/<int:customer_id>/override/", customers.override, name="override"),
    path("customers/<int:customer_id>/override/end/", customers.end_override, name="end_override"),
    path("customers/<int:customer_id>/wrong/", customers.flag_wrong, name="flag_wrong"),
    path(
        "customers/<int:customer_id>/playbooks/<int:enrolment_id>/pause/",
        customers.pause_playbook,
        name="pause_enrolment",
    ),
    path(
        "customers/<int:customer_id>/playbooks/<int:enrolment_id>/resume/",
        customers.resume_playbook,
        name="resume_enrolment",
    ),
    path(
        "customers/<int:customer_id>/playbooks/<int:enrolment_id>/stop/", customers.stop_playbook, name="stop_enrolment"
    ),
    path("score/", versions.score, name="score"),
    path("score/<int:version_id>/", versions.version, name="version"),
    path("score/<int:version_id>/draft/", versions.new_draft, name="new_draft"),
    path("score/<int:version_id>/edit/", versions.edit, name="edit"),
    path("score/<int:version_id>/publish/", versions.publish, name="publish"),
    path("score/<int:version_id>/retire/", versions.retire, name="retire"),
    path("score/<int:version_id>/what-if/", trials.what_if, name="what_if"),
    path("score/<int:version_id>/backtest/", trials.backtest, name="backtest"),
    path("score/trials/<int:trial_id>/", trials.trial, name="trial"),
    path("score/trials/<int:trial_id>/cancel/", trials.cancel, name="cancel"),
    path("score/trials/<int:trial_id>/retry/", trials.retry, name="retry"),
    path("playbooks/versions/<int:version_id>/dry-run/", dry_runs.dry_run, name="dry_run"),
    path("playbooks/trials/<int:trial_id>/", dry_runs.trial, name="playbook_trial"),
    path("playbooks/trials/<int:trial_id>/cancel/", dry_runs.cancel, name="cancel_playbook_trial"),
    path("playbooks/trials/<int:trial_id>/retry/", dry_runs.retry, name="retry_playbook_trial"),
]
