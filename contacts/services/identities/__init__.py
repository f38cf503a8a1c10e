"""Whose events these are: the ids that sources name people by, and what sources say about them."""

from contacts.services.identities.finding import bind, bind_linked, identities_of
from contacts.services.identities.saying import alias, group, identify

__all__ = ["alias", "bind", "bind_linked", "group", "identify", "identities_of"]
