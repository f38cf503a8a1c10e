"""The embedded servers, the clock of Celery, health, and everything from one terminal."""
