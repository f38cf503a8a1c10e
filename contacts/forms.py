"""What people choose when somebody must not be written to."""

from __future__ import annotations

from contacts.states import SuppressionReason

#: Why a person may stop writing to somebody. A dead address is not among them: the mail server says that.
WHY_SUPPRESS = [
    (SuppressionReason.MANUAL.value, "We decided not to write"),
    (SuppressionReason.EXPLICIT_NO.value, "They said no"),
    (SuppressionReason.OPTED_OUT.value, "They asked us to stop writing"),
    (SuppressionReason.COMPLAINT.value, "They complained"),
    (SuppressionReason.LEGAL.value, "A legal reason"),
]
