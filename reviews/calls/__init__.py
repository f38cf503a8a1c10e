"""What the pages of calls show beside the call itself: the clock of the promise, the day, promises, calendars."""
