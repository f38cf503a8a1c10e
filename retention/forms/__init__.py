"""What people fill in about scores, playbooks, experiments and people's time. The services judge it."""
