"""What came in, to look at: as it came, and what could not be read."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from outreach import services
from outreach.models import ProviderNotice
from staff.admin import CarefulAdmin, ReadOnlyAdmin
from staff.models import User

MOST_SHOWN = 100_000


@admin.register(ProviderNotice)
class ProviderNoticeAdmin(ReadOnlyAdmin, CarefulAdmin):
    """What providers and mailboxes sent, as it came. What could not be read can be read again."""

    list_display = ["pk", "received_at", "provider", "kind", "status", "problem"]
    list_filter = ["status", "provider", "kind"]
    search_fields = ["=external_id", "=id"]
    show_full_result_count = False
    fields = ["provider", "kind", "external_id", "received_at", "status", "problem", "done_at", "tries", "as_it_came"]
    readonly_fields = ["as_it_came"]
    actions = ["read_again"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ProviderNotice]:
        notices = super().get_queryset(request)
        # A page of mails would be many megabytes.
        return notices if getattr(request.resolver_match, "kwargs", {}).get("object_id") else notices.defer("body")

    @admin.display(description="as it came")
    def as_it_came(self, notice: ProviderNotice) -> str:
        """Its beginning, as plain text."""
        return bytes(notice.body[:MOST_SHOWN]).decode("utf-8", "replace")

    def has_read_again_permission(self, request: HttpRequest) -> bool:
        return _user(request).has_perm("outreach.change_providernotice")

    @admin.action(description="Try again", permissions=["read_again"])
    def read_again(self, request: HttpRequest, queryset: QuerySet[ProviderNotice]) -> None:
        """Put what could not be read back into the queue."""
        for notice in queryset:
            try:
                services.try_again(notice_id=notice.pk, by=_user(request))
            except services.Refused as refused:
                self.message_user(request, f"{notice}: {refused.sentence}", messages.ERROR)
            else:
                self.message_user(request, f"{notice} is read again in a moment.", messages.SUCCESS)


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
