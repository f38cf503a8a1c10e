"""One timeline per contact: everything that happened between them and us, page by page (mission 1.5)."""

from reviews.timeline.entries import GROUPS, Entry
from reviews.timeline.pages import SIZE, Page, timeline

__all__ = ["GROUPS", "SIZE", "Entry", "Page", "timeline"]
