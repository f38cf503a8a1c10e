"""The words that people who work here are described with."""

from django.db.models import TextChoices


class Role(TextChoices):
    """What somebody does here. Each is a group of the same name; a migration of `reviews` says what it may do."""

    ACCOUNT_OWNER = "Account owner", "Account owner"
    SDR_MANAGER = "SDR manager", "SDR manager"
    CONCIERGE = "Concierge", "Concierge"
    RETENTION_MANAGER = "Retention manager", "Retention manager"


#: Roles whose work includes pages of the admin: cadences, templates and playbooks are edited there.
ROLES_WITH_ADMIN: frozenset[str] = frozenset({Role.SDR_MANAGER, Role.RETENTION_MANAGER})


class Theme(TextChoices):
    """The colours of the pages, kept in a cookie of this name in lower case."""

    SYSTEM = "system", "As the system"
    LIGHT = "light", "Light"
    DARK = "dark", "Dark"
