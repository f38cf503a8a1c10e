"""What each role may do with intake, plans, outcomes, simulations, pilots and the review of exceptions."""

from django.db import migrations

PLANS = [f"followups.{verb}_plannedtouch" for verb in ("view", "add", "change")]
OWNER = [
    *PLANS,
    "followups.view_intakecase",
    "followups.settle_intake",
    "followups.view_asset",
    "followups.view_outcome",
    "followups.view_pilot",
]
MANAGER = [
    *OWNER,
    *(
        f"followups.{verb}_{row}"
        for row in ("outcome", "assignmentrule", "pilot", "simulation", "asset", "exceptionsreview")
        for verb in ("view", "add", "change")
    ),
    "followups.view_ruling",
    "followups.sign_off_exceptions",
]
MORE = {
    "Account owner": OWNER,
    "Concierge": [*PLANS, "followups.view_intakecase", "followups.view_outcome"],
    "SDR manager": MANAGER,
    "Retention manager": ["followups.view_intakecase", "followups.view_outcome", "followups.view_pilot"],
}


def grant(apps, schema_editor):
    # Permissions are usually made after all migrations; roles need them now.
    from django.apps import apps as installed
    from django.contrib.auth.management import create_permissions

    create_permissions(installed.get_app_config("followups"), verbosity=0)
    permission = apps.get_model("auth", "Permission")
    group = apps.get_model("auth", "Group")
    by_name = {f"{p.content_type.app_label}.{p.codename}": p for p in permission.objects.select_related("content_type")}
    for role, names in MORE.items():
        group.objects.get(name=role).permissions.add(*(by_name[name] for name in names))


class Migration(migrations.Migration):
    dependencies = [
        ("reviews", "0006_who_may_stop_and_answer"),
        ("followups", "0009_shipped_outcomes_and_open_cases"),
    ]

    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
