"""Who gets which playbook, which step is next, and who goes first. Pure: no database, clock or network."""
