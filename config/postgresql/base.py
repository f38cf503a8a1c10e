"""What Django loads for ENGINE = "config.postgresql".

Commands that never ask the database anything, type checkers and the import contract all read the settings;
none of them may start a server.
"""

from collections.abc import Mapping
from typing import Any

from django.db.backends.postgresql import base, client

from config import embedded


class DatabaseClient(client.DatabaseClient):
    """`manage.py dbshell` with the psql that came with the server."""

    executable_name = str(embedded.database_server.tool("psql"))

    def runshell(self, parameters: Any) -> None:
        embedded.start_postgres()
        super().runshell(parameters)


class DatabaseWrapper(base.DatabaseWrapper):
    client_class = DatabaseClient

    def get_new_connection(self, conn_params: Mapping[str, Any]) -> Any:
        embedded.start_postgres()
        return super().get_new_connection(conn_params)
