"""Events on their way in: what a message says, who it is about, and how it becomes a row (interface.md, "machines")."""
