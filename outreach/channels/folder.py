"""A folder instead of a provider: every message is one file, and nothing leaves the machine."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from outreach.channels.message import OutgoingMessage, as_email
from outreach.channels.outcomes import Outcome, Rejected, Sent, TryLater

_UNFIT = re.compile(r"[^A-Za-z0-9@._=-]")


class FolderEmailBackend(BaseEmailBackend):
    """Django's mail into a folder (`EMAIL_URL`, or ``folder``): one .eml per message, named by its Message-ID."""

    def __init__(self, fail_silently: bool = False, folder: str | Path | None = None, **kwargs: Any) -> None:
        super().__init__(fail_silently=fail_silently, **kwargs)
        self.folder = Path(folder or settings.EMAIL_URL)

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Write each message and return how many. Raises OSError when the folder cannot be written."""
        written = 0
        for message in email_messages:
            mail = message.message()
            try:
                write_whole(self.folder / file_name(str(mail["Message-ID"]), ".eml"), mail.as_bytes())
            except OSError:
                if not self.fail_silently:
                    raise
            else:
                written += 1
        return written


def file_name(message_id: str, ending: str) -> str:
    """The name of the file that holds this message. Nothing in a message id can lead out of the folder."""
    return _UNFIT.sub("_", message_id.strip("<> ")).lstrip(".")[:200] + ending


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole or not at all, also when the machine stops on the way."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def put_email(message: OutgoingMessage, folder: str) -> Outcome:
    """Write an e-mail into ``folder``."""
    try:
        FolderEmailBackend(folder=folder).send_messages([as_email(message)])
    except OSError as error:
        return TryLater(f"The folder for sent mail cannot be written ({error.strerror}). Check EMAIL_URL.")
    except ValueError:
        return Rejected("This is no valid e-mail address. Correct it on the contact.")
    return Sent(message.message_id)


def put_sms(message: OutgoingMessage, folder: str) -> Outcome:
    """Write a text message into ``folder``."""
    content = f"To: {message.to_address}\nMessage-ID: {message.message_id}\n\n{message.text}\n"
    try:
        write_whole(Path(folder) / file_name(message.message_id, ".txt"), content.encode())
    except OSError as error:
        return TryLater(f"The folder for text messages cannot be written ({error.strerror}). Check SMS_URL.")
    return Sent(message.message_id)


def stored_headers(folder: str, message_id: str) -> str:
    """The headers of a stored e-mail as they were written, or nothing when it is not there."""
    try:
        content = (Path(folder) / file_name(message_id, ".eml")).read_bytes()
    except OSError:
        return ""
    return content.replace(b"\r\n", b"\n").split(b"\n\n", 1)[0].decode("utf-8", "replace")
