"""Staff in the admin: who works here, in which team and role, and the audit log to read. Every write is a service."""

from __future__ import annotations

import logging
from functools import cache
from smtplib import SMTPException
from typing import Any, ClassVar

import allauth.mfa.admin  # noqa: F401  registers its page first, which is replaced below
from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import flatten_fieldsets
from django.contrib.auth.admin import GroupAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import Count, Model, QuerySet
from django.http import HttpRequest, HttpResponse

from staff import services
from staff.forms import TeamForm, UserForm
from staff.models import Absence, AuditEntry, Holiday, Team, User

logger = logging.getLogger("rekindle.staff")


#: To the second, as the database keeps it.
MOMENT = forms.DateTimeInput(attrs={"type": "datetime-local", "step": "1"}, format="%Y-%m-%dT%H:%M:%S")
DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
TIME = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
#: What the library calls by the names of its standards.
SECOND_FACTORS: dict[str, str] = {
    Authenticator.Type.TOTP: "Codes from an app",
    Authenticator.Type.RECOVERY_CODES: "Recovery codes",
}


class ReadOnlyAdmin:
    """Lists and shows, and lets nobody write."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class CarefulAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs only
    """What every page of the admin does here, and Django's own do not.

    What cannot be edited links to the page of what it names only for people who may open that page; Django links every
    read-only foreign key, whoever looks. Every control has a name, also in the rows of a table, where the words above a
    column name it only for those who see them. Days and moments are chosen with what the browser has for that.
    """

    formfield_overrides: ClassVar[Any] = {
        models.DateTimeField: {"form_class": forms.DateTimeField, "widget": MOMENT},
        models.DateField: {"widget": DAY},
        models.TimeField: {"widget": TIME},
    }

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        form = context["adminform"]
        self._unlink(form, self.model, form.readonly_fields, request)
        for inline in context["inline_admin_formsets"]:
            everything = [] if inline.has_change_permission else flatten_fieldsets(inline.fieldsets)
            self._unlink(inline, inline.opts.model, [*inline.readonly_fields, *everything], request)
            if isinstance(inline.opts, admin.TabularInline):
                _name_controls(inline.formset)
        page: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return page

    def _unlink(self, shown: Any, model: type[Model], names: list[Any], request: HttpRequest) -> None:
        """Show the value alone of each of these read-only fields whose link would answer 403."""
        by = {name: self._within_reach(model, name, request) for name in names if isinstance(name, str)}
        shown.readonly_fields = _replaced(shown.readonly_fields, by)
        shown.fieldsets = [
            (title, {**options, "fields": _replaced(options["fields"], by)}) for title, options in shown.fieldsets
        ]

    def _within_reach(self, model: type[Model], name: str, request: HttpRequest) -> Any:
        """The name, or something that reads the value of the field where the page behind its link is not for them."""
        try:
            field = model._meta.get_field(name)
        except FieldDoesNotExist:
            return name
        page = self.admin_site._registry.get(field.related_model) if field.many_to_one else None  # type: ignore[arg-type]  # the model of a foreign key
        return name if page is None or page.has_view_permission(request) else _value_of(field)


def _name_controls(formset: Any) -> None:
    """Name each control of a table of forms by its column."""
    rows = [formset.form.base_fields, *(form.fields for form in formset.forms)]
    for fields in rows:
        for name, field in fields.items():
            named = str(field.label or name.replace("_", " ").capitalize())
            # What stands beside a choice of rows, to add one, is wrapped around the control.
            getattr(field.widget, "widget", field.widget).attrs.setdefault("aria-label", named)


def _replaced(names: Any, by: dict[str, Any]) -> list[Any]:
    """The names of a fieldset, of which some stand in one line."""
    return [tuple(_replaced(name, by)) if isinstance(name, list | tuple) else by.get(name, name) for name in names]


@cache
def _value_of(field: Any) -> Any:
    """What the admin shows for a foreign key without a link; the same for the same field, as the admin compares."""

    @admin.display(description=field.verbose_name)
    def value(row: Any) -> str:
        named = getattr(row, field.name)
        return "-" if named is None else str(named)

    value.__name__ = field.name
    return value


@admin.register(User)
class UserAdmin(CarefulAdmin):
    """People. They choose their own passwords: a new one is invited, and so is one that an import made."""

    form = UserForm
    fields = ["username", "name", "email", "team", "roles", "is_active", "invited_at", "last_login"]
    readonly_fields = ["is_active", "invited_at", "last_login"]
    list_display = ["name", "username", "email", "team", "role_names", "is_active", "invited_at"]
    list_filter = ["is_active", "groups", "team"]
    list_select_related = ["team"]
    search_fields = ["name", "username", "email"]
    ordering = ["name", "id"]
    actions = ["invite", "deactivate"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("groups")

    @admin.display(description="roles")
    def role_names(self, user: User) -> str:
        return ", ".join(group.name for group in user.groups.all())

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        # What somebody did must keep its name. An account is closed instead.
        return False

    def save_model(self, request: HttpRequest, obj: User, form: UserForm, change: bool) -> None:
        told = form.cleaned_data
        details = {name: told[name] for name in ("username", "name", "email", "team")}
        if not change:
            obj.pk = services.create_user(**details, roles=told["roles"], by=acting(request)).pk
            return
        services.update_user(user=obj, **details, by=acting(request))
        if "roles" in form.changed_data:
            try:
                services.set_roles(user=obj, roles=told["roles"], by=acting(request))
            except services.Refused as refusal:
                messages.error(request, refusal.sentence)

    @admin.action(description="Invite: open the account and send a link to choose a password", permissions=["change"])
    def invite(self, request: HttpRequest, people: QuerySet[User]) -> None:
        invited = 0
        for user in people:
            try:
                services.invite(user=user, by=acting(request))
            except services.Refused as refusal:
                messages.error(request, refusal.sentence)
            except (SMTPException, OSError):
                logger.exception("The invitation to user %s could not be sent", user.pk)
                messages.error(request, f"The mail to {user} could not be sent. Check EMAIL_URL, then invite again.")
            else:
                invited += 1
        if invited:
            messages.success(request, f"Invited {invited}. The link in the mail leads to a page to choose a password.")

    @admin.action(description="Deactivate: close the account", permissions=["change"])
    def deactivate(self, request: HttpRequest, people: QuerySet[User]) -> None:
        closed = 0
        for user in people:
            try:
                services.deactivate(user=user, by=acting(request))
            except services.Refused as refusal:
                messages.error(request, refusal.sentence)
            else:
                closed += 1
        if closed:
            messages.success(request, f"Closed {closed}. What they own stays theirs until somebody takes it over.")


@admin.register(Team)
class TeamAdmin(CarefulAdmin):
    """Teams, who manages them, and their business hours."""

    form = TeamForm
    list_display = ["name", "manager", "members", "timezone", "opens", "closes"]
    list_select_related = ["manager"]
    search_fields = ["name"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        teams: QuerySet[Team] = super().get_queryset(request)
        return teams.annotate(people=Count("members"))

    @admin.display(ordering="people")
    def members(self, team: Any) -> int:
        return int(team.people)

    def save_model(self, request: HttpRequest, obj: Team, form: Any, change: bool) -> None:
        services.save_team(team=obj, by=acting(request))

    def delete_model(self, request: HttpRequest, obj: Team) -> None:
        services.remove_team(team=obj, by=acting(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Team]) -> None:
        for team in queryset:
            services.remove_team(team=team, by=acting(request))


@admin.register(Holiday)
class HolidayAdmin(CarefulAdmin):
    """Days on which nobody of a team works; without a team, nobody at all."""

    list_display = ["on", "name", "whose"]
    list_filter = ["team"]
    list_select_related = ["team"]
    date_hierarchy = "on"

    @admin.display(description="team", ordering="team__name")
    def whose(self, holiday: Holiday) -> str:
        return str(holiday.team or "Everybody")

    def save_model(self, request: HttpRequest, obj: Holiday, form: Any, change: bool) -> None:
        services.save_holiday(holiday=obj, by=acting(request))

    def delete_model(self, request: HttpRequest, obj: Holiday) -> None:
        services.remove_holiday(holiday=obj, by=acting(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Holiday]) -> None:
        for holiday in queryset:
            services.remove_holiday(holiday=holiday, by=acting(request))


@admin.register(Absence)
class AbsenceAdmin(ReadOnlyAdmin, CarefulAdmin):
    """Who is away when. They are entered and ended on `/absences/`, where hand-over is explained."""

    list_display = ["user", "first_on", "last_on", "substitute", "reason"]
    list_select_related = ["user", "substitute"]
    date_hierarchy = "first_on"
    search_fields: ClassVar[list[str]] = ["user__name"]


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin, CarefulAdmin):
    """The audit log. `/audit/` is the quicker page for a long one."""

    list_display = ["at", "actor", "action", "object_type", "object_id"]
    list_select_related = ["actor"]
    list_per_page = 50
    show_full_result_count = False
    search_fields: ClassVar[list[str]] = ["=object_id", "=action"]


admin.site.unregister(Authenticator)


@admin.register(Authenticator)
class SecondFactorAdmin(ReadOnlyAdmin, CarefulAdmin):
    """Second factors and recovery codes: who has them and used them when. Their secrets are nobody's to read.

    One is removed for somebody who lost their phone; they set up another at their next sign-in.
    """

    fields = ["user", "what", "created_at", "last_used_at"]
    list_display = ["user", "what", "created_at", "last_used_at"]
    list_select_related = ["user"]
    search_fields: ClassVar[list[str]] = ["user__name", "user__username"]

    @admin.display(description="second factor", ordering="type")
    def what(self, factor: Authenticator) -> str:
        return SECOND_FACTORS.get(factor.type) or str(factor.get_type_display())

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        page: HttpResponse = super().changelist_view(request, {**(extra_context or {}), "title": "Second factors"})
        return page

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        told = {**(extra_context or {}), "title": "Second factor"}
        page: HttpResponse = super().changeform_view(request, object_id, form_url, told)
        return page

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return admin.ModelAdmin.has_delete_permission(self, request, obj)

    def delete_model(self, request: HttpRequest, obj: Authenticator) -> None:
        services.remove_second_factor(factor=obj, by=acting(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Authenticator]) -> None:
        for factor in queryset:
            services.remove_second_factor(factor=factor, by=acting(request))


admin.site.unregister(Group)


@admin.register(Group)
class RoleAdmin(ReadOnlyAdmin, GroupAdmin):
    """The roles and what they may do. A migration makes them, so that every installation means the same by a role."""

    list_display = ["name", "people"]
    search_fields = ["name"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Group]:
        return super().get_queryset(request).annotate(count=Count("user"))

    @admin.display(ordering="count")
    def people(self, group: Any) -> int:
        return int(group.count)


def acting(request: HttpRequest) -> User:
    """Whoever sent the request; the admin is never open to anybody else."""
    assert isinstance(request.user, User)
    return request.user
