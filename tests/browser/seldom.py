"""Pages that few people open, or that are made of the same parts as another one: looked at among the trials."""

from __future__ import annotations

SELDOM = {
    *("pilot", "pilots", "no response", "event names", "refused events", "leads behind a number", "audit", "asset"),
    *("suspected duplicates", "simulation that waits", "simulations", "lead with plans", "customer who left"),
    *("contact of whom nothing is known", "sending events", "second factor", "change password", "dry run"),
    *("what is planned", "home with something due", "try a text", "experiments", "admin", "capacity", "readiness"),
    *("calls in a calendar", "how one is told", "decision", "merges", "suspected duplicate", "refused event"),
    *("decisions", "suggestions", "absences", "approve several", "palette", "exceptions", "simulation"),
    *("playbook draft", "material", "new material", "nurture", "insight", "inactive", "no sign-up", "sign out"),
    *("item that is not mine", "customer in a playbook", "outbox", "403", "sending", "customers", "contact, a lead"),
    *("score", "import, preview", "replies", "reply, held", "views of the queue", "item, blocked", "playbooks"),
    *("leads", "notices", "experiment", "customer at risk", "preferences", "404"),
}
