"""Everything that decided about a person, in plain sentences: the answer of `manage.py explain`."""

from reviews.explaining.finding import Found, find
from reviews.explaining.telling import Line, explain

__all__ = ["Found", "Line", "explain", "find"]
