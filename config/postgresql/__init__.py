"""Django's PostgreSQL backend on the embedded server: the server starts when the first connection is made, and not before."""
