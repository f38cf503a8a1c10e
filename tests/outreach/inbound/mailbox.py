"""A mail server with one mailbox, of which only what `outreach.inbound.imap` asks for is spoken."""

from __future__ import annotations

import re
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Mailbox(socketserver.ThreadingTCPServer):
    """``mails`` are the raw mails by UID, ``seen`` the UIDs that were read. ``breaks_at`` ends the connection there."""

    allow_reuse_address = daemon_threads = True

    def __init__(self) -> None:
        self.mails: dict[int, bytes] = {}
        self.seen: set[int] = set()
        self.validity = 1
        self.breaks_at = ""
        self.sizes: dict[int, int] = {}
        self.asked: list[str] = []
        super().__init__(("127.0.0.1", 0), _Session)

    @property
    def url(self) -> str:
        return f"imap://team%40ours.example:s3cret%2F@127.0.0.1:{self.server_address[1]}/INBOX"


class _Session(socketserver.StreamRequestHandler):
    server: Mailbox

    def say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")

    def handle(self) -> None:
        self.say("* OK ready")
        for raw in self.rfile:
            tag, _, rest = raw.decode().strip().partition(" ")
            self.server.asked.append(rest)
            if self.server.breaks_at and self.server.breaks_at in rest:
                return
            self.answer(rest)
            if rest.startswith("LOGIN") and "s3cret/" not in rest:
                self.say(f"{tag} NO wrong password")
            else:
                self.say(f"{tag} OK done")
            if rest == "LOGOUT":
                return

    def answer(self, asked: str) -> None:
        mails = self.server.mails
        if asked == "CAPABILITY":
            self.say("* CAPABILITY IMAP4REV1")
        elif asked.startswith("SELECT"):
            self.say(f"* {len(mails)} EXISTS")
            self.say(f"* OK [UIDVALIDITY {self.server.validity}] valid")
        elif asked == "UID SEARCH UNSEEN":
            self.say("* SEARCH " + " ".join(str(uid) for uid in sorted(mails) if uid not in self.server.seen))
        elif match := re.match(r"UID FETCH (\d+) \((.*)\)$", asked):
            uid, what = int(match[1]), match[2]
            if what == "RFC822.SIZE":
                size = self.server.sizes.get(uid, len(mails[uid]))
                self.say(f"* 1 FETCH (UID {uid} RFC822.SIZE {size})")
                return
            content = mails[uid][:262144] if "<0." in what else mails[uid]
            self.wfile.write(b"* 1 FETCH (UID %d BODY[] {%d}\r\n%b)\r\n" % (uid, len(content), content))
        elif match := re.match(r"UID STORE (\d+) \+FLAGS.SILENT \(\\Seen\)$", asked):
            self.server.seen.add(int(match[1]))


@contextmanager
def running() -> Iterator[Mailbox]:
    """The server while the block runs."""
    with Mailbox() as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()
