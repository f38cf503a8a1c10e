"""Pages about customers: who is at risk and why, score models, and what is tried out on them; playbooks with their
versions, dry runs and people's time; experiments.
"""
