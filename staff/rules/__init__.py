"""Pure rules about the people who work here: their hours, and how they are told of things."""
