"""What comes back: kept as it came, proven, read (`taking`), matched to the message it is about, and acted on."""
