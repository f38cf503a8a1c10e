"""Django's PostgreSQL backend on the embedded server, which starts when the first connection is made."""
