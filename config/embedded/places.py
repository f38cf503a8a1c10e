"""Where the embedded servers and their programs lie, and the error that says what is wrong with a place."""

import importlib.util
import os
from pathlib import Path


class EmbeddedServerError(RuntimeError):
    """An embedded server cannot be started. The text says where it went wrong and what to do."""


def data_dir() -> Path:
    """Where the servers and everything else we write live: `DATA_DIR`, else `.data` beside manage.py."""
    chosen = os.environ.get("DATA_DIR")
    return Path(chosen).expanduser().absolute() if chosen else Path(__file__).resolve().parent.parent.parent / ".data"


def serves_tests() -> bool:
    """Whether the data is only a test's, and may be lost with the machine."""
    return os.environ.get("REKINDLE_TEST_SERVER") == "1"


def package_folder(package: str) -> Path:
    """Where a wheel lies, found without importing it: importing would run its own life cycle."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedServerError(
            f"The package {package} is not installed. Run make setup, or set DATABASE_URL and REDIS_URL."
        )
    return Path(spec.submodule_search_locations[0])
