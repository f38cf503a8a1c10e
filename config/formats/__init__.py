"""How days and times are written where a page does not say it itself: as on all other pages, by the 24-hour clock."""
