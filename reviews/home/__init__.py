"""What the start page says: what needs a person now, what changed since they were last here, what came of it."""

from __future__ import annotations

from reviews.home.days import Days, days_for
from reviews.home.needs import Need, Task, needs_of
from reviews.home.news import News, Won, news_for, won_by

__all__ = ["Days", "Need", "News", "Task", "Won", "days_for", "needs_of", "news_for", "won_by"]
