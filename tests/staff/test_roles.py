"""Each role may do exactly this. A permission more or less is a decision, and is made here as well."""

from __future__ import annotations

import pytest

from staff.states import Role
from tests.factories import make_user

READ = {
    "contacts.view_account",
    "contacts.view_contact",
    "contacts.view_touch",
    "followups.view_lead",
    "outreach.view_draft",
}
CONTROL_SENDING = {
    "outreach.stop_sending",
    "outreach.control_sending",
    "outreach.view_reply",
    "outreach.answer_replies",
    "outreach.view_providernotice",
    "outreach.change_providernotice",
} | {
    f"outreach.{verb}_{row}"
    for row in ("gatephrase", "linkhost", "brand", "topic")
    for verb in ("view", "add", "change")
}
LOOK_AFTER_CUSTOMERS = {"retention.view_customer", "retention.override_scores"}
PLANS = {f"followups.{verb}_plannedtouch" for verb in ("view", "add", "change")}
SETTLE = PLANS | {
    "followups.view_intakecase",
    "followups.settle_intake",
    "followups.view_asset",
    "followups.view_outcome",
    "followups.view_pilot",
}
SEE_PLAYBOOKS = {"retention.view_playbook", "retention.view_enrolment"}
CALLS = {"outreach.view_call", "outreach.make_calls"}
RUN_PLAYBOOKS = (
    SEE_PLAYBOOKS
    | {
        f"retention.{verb}_{row}"
        for row in ("playbook", "playbookversion", "experiment", "playbooktrial", "workcapacity", "capacityrules")
        for verb in ("view", "add", "change")
    }
    | {f"retention.{verb}_playbookstep" for verb in ("view", "add", "change", "delete")}
    | {f"retention.view_{row}" for row in ("assignment", "experimentreading", "guardrailreading", "steprun")}
    | {
        f"retention.{may}"
        for may in (
            "change_enrolments",
            "publish_playbooks",
            "pause_playbooks",
            "scale_playbooks",
            "decide_experiments",
        )
    }
    | {"outreach.view_call"}
)
SETTLE_SUGGESTIONS = {"reviews.view_reviewdecision", "reviews.view_suggestion", "reviews.settle_suggestions"}
LEAD_PEOPLE = {"staff.plan_absences"}
MAY = {
    Role.ACCOUNT_OWNER: READ
    | SEE_PLAYBOOKS
    | CALLS
    | {"retention.change_enrolments"}
    | LOOK_AFTER_CUSTOMERS
    | SETTLE
    | {"followups.change_lead", "reviews.review_drafts", "reviews.view_reviewdecision"}
    | {"outreach.stop_sending", "outreach.view_reply", "outreach.answer_replies"},
    Role.SDR_MANAGER: READ
    | SEE_PLAYBOOKS
    | {"outreach.view_call"}
    | CONTROL_SENDING
    | {"followups.change_lead", "followups.see_every_lead"}
    | SETTLE
    | {
        f"followups.{verb}_{row}"
        for row in ("outcome", "assignmentrule", "pilot", "simulation", "exceptionsreview")
        for verb in ("view", "add", "change")
    }
    | {"followups.view_ruling", "followups.sign_off_exceptions"}
    | {"reviews.review_drafts", "reviews.review_every_team"}
    | SETTLE_SUGGESTIONS
    | LEAD_PEOPLE
    | {"contacts.import_files", "staff.view_auditentry"}
    | {f"followups.{verb}_cadence" for verb in ("view", "add", "change")}
    | {f"followups.{verb}_cadenceversion" for verb in ("view", "add", "change")}
    | {f"followups.{verb}_cadencestep" for verb in ("view", "add", "change", "delete")}
    | {f"followups.{verb}_asset" for verb in ("view", "add", "change")}
    | {"followups.publish_cadences", "outreach.approve_templates"}
    | {f"outreach.{verb}_template" for verb in ("view", "add", "change")}
    | {f"outreach.{verb}_templateversion" for verb in ("view", "add", "change")}
    | {"retention.view_customer", "retention.see_every_customer"}
    | {"retention.view_scoremodel", "retention.view_scoreversion"}
    | {"contacts.merge_contacts", "contacts.repair_events"},
    Role.CONCIERGE: READ
    | SEE_PLAYBOOKS
    | CALLS
    | LOOK_AFTER_CUSTOMERS
    | {"outreach.stop_sending", "outreach.view_reply"}
    | PLANS
    | {"followups.view_intakecase", "followups.view_outcome"},
    Role.RETENTION_MANAGER: READ
    | RUN_PLAYBOOKS
    | SETTLE_SUGGESTIONS
    | LEAD_PEOPLE
    | CONTROL_SENDING
    | {f"outreach.{verb}_productkey" for verb in ("view", "add", "change")}
    | LOOK_AFTER_CUSTOMERS
    | {"followups.view_intakecase", "followups.view_outcome", "followups.view_pilot"}
    | {"retention.change_customer", "retention.see_every_customer", "retention.publish_scores"}
    | {f"retention.{verb}_{row}" for row in ("scoremodel", "scoreversion") for verb in ("view", "add", "change")}
    | {
        f"retention.{verb}_{row}"
        for row in ("scorecomponent", "scoresignal", "scoreband")
        for verb in ("view", "add", "change", "delete")
    }
    | {"contacts.import_files", "contacts.map_events", "contacts.merge_contacts", "contacts.repair_events"}
    | {"contacts.view_eventname", "contacts.change_eventname"}
    | {f"contacts.{verb}_eventsource" for verb in ("view", "add", "change")},
}


@pytest.mark.django_db
@pytest.mark.parametrize("role", Role)
def test_a_role_may_do_exactly_what_is_meant(role: Role) -> None:
    assert make_user(role).get_all_permissions() == MAY[role]


@pytest.mark.django_db
def test_no_role_looks_after_staff() -> None:
    """People, teams and roles are for superusers: nobody can give themselves more than they have."""
    everything = make_user(*Role).get_all_permissions()
    assert {permission for permission in everything if permission.startswith(("staff.", "auth."))} == {
        "staff.view_auditentry",
        "staff.plan_absences",
    }


@pytest.mark.django_db
def test_somebody_without_a_role_may_do_nothing() -> None:
    assert make_user().get_all_permissions() == set()
