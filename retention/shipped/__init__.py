"""The playbooks that come with Rekindle, as data: one TOML file each (docs/playbooks.md lists them)."""

from importlib import resources


def texts() -> dict[str, str]:
    """The text of each file by its name, as `retention.services.playbooks.files.load_shipped` takes them."""
    folder = resources.files(__name__).joinpath("playbooks")
    return {one.name: one.read_text("utf-8") for one in folder.iterdir() if one.name.endswith(".toml")}
