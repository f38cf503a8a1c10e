"""What pages of several apps show of the workbench."""
