"""Everything the pages of playbooks and experiments show, gathered in a fixed number of queries each."""
