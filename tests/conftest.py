"""What every test may use. The database is real; only the clock and the far side of the network are ever replaced."""

from __future__ import annotations

import pytest
from django.db import connection


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: object) -> None:
    """Let the test database, and no other, be emptied between transactional tests although its histories are append-only."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:  # type: ignore[attr-defined]
        name = connection.ops.quote_name(connection.settings_dict["NAME"])
        cursor.execute(f"ALTER DATABASE {name} SET rekindle.allow_truncate = 'on'")
        cursor.execute("SET rekindle.allow_truncate = 'on'")
