"""Playbooks as rows: loaded for the rules, drafted, published, paused, and kept as files."""

from retention.services.playbooks.loading import of_versions, published, rules_of

__all__ = ["of_versions", "published", "rules_of"]
