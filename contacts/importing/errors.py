"""The two ways in which a whole import is turned down."""

from __future__ import annotations


class FileRefused(Exception):  # noqa: N818  read as "the file was refused: <sentence>"
    """Nothing was imported because of what is in the file. The sentence names the place and the remedy."""


class WrongArguments(Exception):  # noqa: N818
    """Nothing was read, because what was asked for cannot be done with any file of this kind."""
