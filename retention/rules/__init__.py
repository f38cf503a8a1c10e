"""What scores, bands and their trials mean. Pure: no database, no clock, no network."""
