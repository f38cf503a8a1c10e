"""What the start page says: what needs a person now, what changed since they were last here, what came of it."""

from __future__ import annotations

from reviews.home.days import Days, calendar_for, reckon
from reviews.home.needs import Need, Task, needs_of
from reviews.home.news import News, Won, news_for, won_by

__all__ = ["Days", "Need", "News", "Task", "Won", "calendar_for", "needs_of", "news_for", "reckon", "won_by"]
