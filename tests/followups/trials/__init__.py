"""Runs over months of days: slow, so they are no part of the quick tests."""
