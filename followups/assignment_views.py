"""The page of assignment rules: whose a lead is, in the order in which the rules are asked."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from contacts.models import Account
from followups.models import AssignmentRule
from followups.services.assigning import who_takes_leads
from followups.services.assignment_rules import RuleHasProblems, save_assignment_rule
from outreach.services import NotPermitted
from staff.models import Team, User

viewer = permission_required("followups.view_assignmentrule", raise_exception=True)


class StaffRequest(HttpRequest):
    """A request by somebody signed in, as the middleware leaves it."""

    user: User


class RuleForm(forms.Form):
    """One rule. Whether it makes sense is for the service to say."""

    position = forms.IntegerField(
        label="Number", min_value=1, max_value=9999, help_text="The rule with the lowest number that fits decides."
    )
    territory = forms.CharField(label="Territory", max_length=100, required=False, help_text="Empty: any.")
    source = forms.CharField(label="Source", max_length=100, required=False, help_text="Empty: any.")
    account = forms.CharField(
        label="Account", max_length=200, required=False, help_text="The account's id in your files. Empty: any."
    )
    owner = forms.ModelChoiceField(
        label="Goes to", queryset=User.objects.none(), required=False, empty_label="Nobody by name"
    )
    team = forms.ModelChoiceField(
        label="Or to the next in a team", queryset=Team.objects.all(), required=False, empty_label="No team"
    )
    most_open = forms.IntegerField(
        label="Most open leads of one person", min_value=0, max_value=100_000, initial=0, help_text="0: no limit."
    )
    active = forms.BooleanField(label="It holds", required=False, initial=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = who_takes_leads()  # type: ignore[attr-defined]

    def clean_account(self) -> Account | None:
        given = self.cleaned_data["account"].strip()
        if not given:
            return None
        found = Account.objects.filter(external_id=given).first()
        if found is None:
            raise forms.ValidationError(f"There is no account with the id {given}. Look it up in your files.")
        return found


@require_safe
@viewer
def assignment_rules(request: StaffRequest) -> HttpResponse:
    """The rules in their order, those that do not hold at the end."""
    rules = AssignmentRule.objects.select_related("account", "owner", "team").order_by("-active", "position", "id")
    return render(request, "followups/assignment_rules.html", {"section": "intake", "rules": rules})


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("followups.add_assignmentrule", raise_exception=True)
def new_assignment_rule(request: StaffRequest) -> HttpResponse:
    """A rule more."""
    return _edit(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("followups.change_assignmentrule", raise_exception=True)
def assignment_rule(request: StaffRequest, rule_id: int) -> HttpResponse:
    """One rule, to change or to switch off."""
    return _edit(request, get_object_or_404(AssignmentRule.objects.select_related("account"), pk=rule_id))


def _edit(request: StaffRequest, rule: AssignmentRule | None) -> HttpResponse:
    form = RuleForm(request.POST if request.method == "POST" else None, initial=_initial(rule))
    problems: tuple[str, ...] = ()
    if request.method == "POST" and form.is_valid():
        try:
            saved = save_assignment_rule(rule=rule, by=request.user, **form.cleaned_data)
        except RuleHasProblems as refused:
            problems = refused.problems
        except NotPermitted as refused:
            raise PermissionDenied(refused.sentence) from refused
        else:
            messages.success(request, f"Rule {saved.position} is saved.")
            return redirect("followups:assignment_rules")
    context = {"section": "intake", "rule": rule, "form": form, "problems": problems}
    status = 422 if problems or form.errors else 200
    return render(request, "followups/assignment_rule.html", context, status=status)


def _initial(rule: AssignmentRule | None) -> dict[str, Any]:
    if rule is None:
        last = AssignmentRule.objects.order_by("-position").values_list("position", flat=True).first() or 0
        return {"position": min(last + 10, 9999), "most_open": 0, "active": True}
    return {
        "position": rule.position,
        "territory": rule.territory,
        "source": rule.source,
        "account": rule.account.external_id if rule.account is not None else "",
        "owner": rule.owner_id,
        "team": rule.team_id,
        "most_open": rule.most_open,
        "active": rule.active,
    }
