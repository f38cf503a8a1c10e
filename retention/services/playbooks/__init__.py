"""Playbooks as rows: loaded for the rules, drafted, checked, published, paused, and kept as files."""

from retention.services.playbooks.checking import PlaybookHasProblems, known_reasons, problems_if, problems_of
from retention.services.playbooks.drafting import (
    clone_playbook,
    create_playbook,
    draft_version,
    edit_version,
    fingerprint,
)
from retention.services.playbooks.files import export_playbook, import_playbook, load_shipped
from retention.services.playbooks.loading import of_versions, published, rules_of
from retention.services.playbooks.pausing import pause_playbook, resume_playbook
from retention.services.playbooks.publishing import publish, retire

__all__ = [
    "PlaybookHasProblems",
    "clone_playbook",
    "create_playbook",
    "draft_version",
    "edit_version",
    "export_playbook",
    "fingerprint",
    "import_playbook",
    "known_reasons",
    "load_shipped",
    "of_versions",
    "pause_playbook",
    "problems_if",
    "problems_of",
    "publish",
    "published",
    "resume_playbook",
    "retire",
    "rules_of",
]
