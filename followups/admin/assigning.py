"""Whose a lead is: rules by territory, source and account."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from contacts.models import Account
from followups.admin.auditing import AuditedAdmin
from followups.models import AssignmentRule, Lead
from followups.rules.assigning import OwnerRule, covers
from followups.services.assigning import as_owner_rule
from followups.states import CLOSED_STAGES


class AssignmentRuleForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    leads_to_come = forms.BooleanField(
        label="Its leads are still to come",
        required=False,
        help_text="Tick this to save a rule that fits nobody yet",
    )

    class Meta:
        model = AssignmentRule
        fields = ["position", "territory", "source", "account", "owner", "team", "most_open", "active"]
        help_texts = {
            "position": "Small numbers are tried first. The first rule that fits decides",
            "territory": "Empty: every territory",
            "source": "Empty: every source",
            "account": "Empty: every account",
            "owner": "This person gets the leads",
            "team": "Or whoever of this team has the fewest open leads",
            "most_open": "Open leads one person takes by this rule. 0: no limit",
        }

    def clean_territory(self) -> str:
        return " ".join(self.cleaned_data["territory"].split())

    def clean_source(self) -> str:
        return " ".join(self.cleaned_data["source"].split())

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        owner, team = given.get("owner"), given.get("team")
        if not self.errors and bool(owner) == bool(team):
            self.add_error("owner", "Choose either a person or a team, not both and not none.")
        if owner is not None and not owner.is_active:
            self.add_error("owner", f"{owner.name} cannot sign in. Invite them first, or choose somebody else.")
        if self.errors or given.get("leads_to_come"):
            return given
        for field, sentence in nobody(given["territory"], given["source"], given["account"]):
            self.add_error(field, ValidationError(sentence))
        if not self.errors and given["active"] and (before := self._decides_before(given)) is not None:
            self.add_error(
                "position",
                f"Rule {before.position} is tried first and fits every lead that this one fits, so this one would never"
                f" decide. Choose a number below {before.position}, or narrow that rule.",
            )
        return given

    def _decides_before(self, given: dict[str, Any]) -> AssignmentRule | None:
        """An earlier rule that leaves nothing to this one."""
        account = given["account"]
        this = OwnerRule(given["position"], given["territory"], given["source"], account.pk if account else None)
        earlier = AssignmentRule.objects.filter(active=True, position__lte=given["position"]).exclude(
            pk=self.instance.pk
        )
        # Of two with one number the older is tried first.
        found = (one for one in earlier if one.position < this.position or (self.instance.pk or one.pk + 1) > one.pk)
        return next((one for one in found if covers(as_owner_rule(one), this)), None)


def nobody(territory: str, source: str, account: Account | None) -> list[tuple[str, str]]:
    """Where a rule fits nobody: the field and a sentence. Closed leads count, since more like them may come."""
    found = []
    if territory and not (
        Lead.objects.filter(territory__iexact=territory).exists()
        or Account.objects.filter(territory__iexact=territory).exists()
    ):
        sentence = f"No lead and no account is in the territory “{territory}”. Look at how it is written."
        found.append(("territory", sentence))
    if source and not Lead.objects.filter(source__iexact=source).exists():
        found.append(("source", f"No lead came from “{source}”. Look at how it is written."))
    if not found and (territory or source or account) and not _fitting(territory, source, account).exists():
        sentence = "No lead fits all of this at once. Leave one of them empty, or make two rules."
        found.append(("territory" if territory else "source" if source else "account", sentence))
    return found


def _fitting(territory: str, source: str, account: Account | None) -> QuerySet[Lead]:
    wanted = Q()
    if territory:
        wanted &= Q(territory__iexact=territory)
    if source:
        wanted &= Q(source__iexact=source)
    if account is not None:
        wanted &= Q(account=account)
    return Lead.objects.filter(wanted)


@admin.register(AssignmentRule)
class AssignmentRuleAdmin(AuditedAdmin):
    form = AssignmentRuleForm
    list_display = ["in_words", "position", "territory", "source", "most_open", "active"]
    list_filter = ["active"]
    list_select_related = ["account", "owner", "team"]
    search_fields = ["territory", "source"]
    raw_id_fields = ["account"]
    readonly_fields = ["fits"]
    show_full_result_count = False

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        unsaved = ["leads_to_come"] if self.has_change_permission(request, obj) else []
        names = ["position", "territory", "source", "account", "owner", "team", "most_open", "active"]
        return ["fits", *names, *unsaved]

    @admin.display(description="Rule")
    def in_words(self, rule: AssignmentRule) -> str:
        parts = [f"in {rule.territory}"] if rule.territory else []
        parts += [f"from {rule.source}"] if rule.source else []
        parts += [f"of {rule.account}"] if rule.account else []
        whose = rule.owner.name if rule.owner else f"whoever of {rule.team} has the fewest"
        return f"{' '.join(['Leads', *parts]) if parts else 'Every lead'} to {whose}"

    @admin.display(description="Fits")
    def fits(self, rule: AssignmentRule) -> str:
        """How many open leads it fits, whether or not an earlier rule takes them."""
        if rule.pk is None:
            return "Said once it is saved."
        opened = _fitting(rule.territory, rule.source, rule.account).exclude(stage__in=CLOSED_STAGES)
        opened = opened.filter(disposition="")
        number, unowned = opened.count(), opened.filter(owner=None).count()
        if not number:
            return "No open lead now."
        leads = "1 open lead" if number == 1 else f"{number} open leads"
        return f"{leads} now, {unowned} of them without an owner."

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        self.message_user(request, f"It fits: {self.fits(obj)}")
