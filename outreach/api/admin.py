"""Product keys in the admin: who reads inboxes, and since when. Every write is a service."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from outreach import services
from outreach.models import ProductKey, PushSubscription
from staff.admin import CarefulAdmin, ReadOnlyAdmin
from staff.models import User


class ProductKeyForm(forms.ModelForm):  # type: ignore[type-arg]  # the stubs are generic, the class is not
    """A new key. Only its name is typed; the key is made."""

    class Meta:
        model = ProductKey
        fields = ["name"]
        help_texts = {"name": "What reads with it, for instance Member area."}

    def clean_name(self) -> str:
        name = " ".join(self.cleaned_data["name"].split())
        if ProductKey.objects.filter(name=name).exists():
            raise forms.ValidationError(f"There is a key called {name} already. Choose another name.")
        return name


@admin.register(ProductKey)
class ProductKeyAdmin(CarefulAdmin):
    """Keys cannot be looked at or changed: who needs a new one makes it and revokes the old."""

    form = ProductKeyForm
    shown = ["name", "key", "created_at", "created_by", "revoked_at", "revoked_by"]
    list_display = ["name", "key", "created_at", "revoked_at"]
    search_fields = ["name"]
    actions = ["revoke"]
    show_full_result_count = False

    def get_fields(self, request: HttpRequest, obj: ProductKey | None = None) -> list[Any]:
        return ["name"] if obj is None else self.shown

    def get_readonly_fields(self, request: HttpRequest, obj: ProductKey | None = None) -> list[str]:
        return [] if obj is None else self.shown

    def has_delete_permission(self, request: HttpRequest, obj: ProductKey | None = None) -> bool:
        # Who read what, and when that ended, stays known.
        return False

    @admin.display(description="key")
    def key(self, product_key: ProductKey) -> str:
        return f"ends with {product_key.key_ends_with}"

    def save_model(self, request: HttpRequest, obj: ProductKey, form: forms.ModelForm[Any], change: bool) -> None:
        if change:
            return
        made, key = services.create_product_key(name=obj.name, by=_user(request))
        obj.pk = made.pk
        messages.warning(
            request, f"The key {made.name} is {key} – copy it now: it is not kept, and cannot be shown again."
        )

    @admin.action(description="Revoke: nobody reads with it any more", permissions=["change"])
    def revoke(self, request: HttpRequest, keys: QuerySet[ProductKey]) -> None:
        revoked = 0
        for key in keys:
            try:
                services.revoke_product_key(product_key=key, by=_user(request), at=timezone.now())
            except services.Refused as refused:
                messages.error(request, refused.sentence)
            else:
                revoked += 1
        if revoked:
            messages.success(request, f"Revoked {revoked}.")


@admin.register(PushSubscription)
class PushSubscriptionAdmin(ReadOnlyAdmin, CarefulAdmin):
    """Browsers to look up. Their addresses and keys are nobody's business: whoever has them could push."""

    list_display = ["pk", "contact", "created_at", "ended_at", "end_reason"]
    list_select_related = ["contact"]
    search_fields = ["=id", "contact__name"]
    fields = ["contact", "created_at", "ended_at", "end_reason"]
    show_full_result_count = False


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
