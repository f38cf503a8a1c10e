"""How signing in differs from what django-allauth does by itself."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.db.models import Q
from django.http import HttpRequest

from staff import services
from staff.models import User

NOT_TOGETHER = "This user name or address and this password do not belong together. Try again."


class ClosedSignupAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Nobody makes an account for themselves: people are invited. Every sign-in is in the audit log."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": NOT_TOGETHER,
        "username_password_mismatch": NOT_TOGETHER,
        "too_many_login_attempts": "Too many wrong tries. Wait five minutes, then try again.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def login(self, request: HttpRequest, user: User) -> None:
        super().login(request, user)
        services.record(action="staff.sign_in", actor=user, on=user)

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Count wrong passwords by person.

        The original counts by what was typed and by the Host header. Both are the caller's choice: the user name and
        the address of one person would give twice the tries, and every port written into the header another five.
        """
        typed = (credentials.get("email") or credentials.get("username") or "").strip().lower()
        known = User.objects.filter(Q(username__iexact=typed) | Q(email__iexact=typed)).values_list("pk", flat=True)
        return f"user:{known[0]}" if typed and known else f"nobody:{typed}"
