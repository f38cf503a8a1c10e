"""A provider's side of the network on this machine: it answers, dawdles, hangs up or talks nonsense when asked."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class FarSide:
    """What the next answers are, and what was asked. ``raw`` is sent instead of an answer in the form of HTTP.

    ``wait``: seconds before the answer. ``drip``: seconds before each byte of it. ``hang_up``: no answer at all.
    ``in_turn`` are (status, body) to give one after the other before anything else.
    """

    status: int = 200
    body: Any = ""
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes = b""
    wait: float = 0.0
    drip: float = 0.0
    hang_up: bool = False
    in_turn: list[tuple[int, Any]] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    url: str = ""

    def answer(self) -> bytes:
        status, said = self.in_turn.pop(0) if self.in_turn else (self.status, self.body)
        body = (
            said if isinstance(said, bytes) else said.encode() if isinstance(said, str) else json.dumps(said).encode()
        )
        headers = {"Content-Type": "application/json", "Content-Length": str(len(body)), **self.headers}
        lines = [f"HTTP/1.1 {status} Words", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
        return self.raw or "\r\n".join(lines).encode() + body


@contextmanager
def running() -> Iterator[FarSide]:
    """The other side on a free port of this machine; ``url`` is its address."""
    side = FarSide()

    class Handler(BaseHTTPRequestHandler):
        def handle_one_request(self) -> None:
            self.raw_requestline = self.rfile.readline(65537)
            if not self.raw_requestline or not self.parse_request():
                self.close_connection = True
                return
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            headers = {name.lower(): value for name, value in self.headers.items()}
            side.asked.append(Asked(self.command, self.path, headers, body))
            self.close_connection = True
            time.sleep(side.wait)
            if side.hang_up:
                return
            answer = side.answer()
            pieces = [answer[place : place + 1] for place in range(len(answer))] if side.drip else [answer]
            try:
                for piece in pieces:
                    time.sleep(side.drip)
                    self.wfile.write(piece)
            except OSError:
                pass  # Nobody waits for the rest.

        def log_message(self, *words: Any) -> None:
            """Nothing: what was asked is in ``asked``."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    # Slow answers that nobody waits for end by themselves.
    server.block_on_close = False
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    side.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield side
    finally:
        server.shutdown()
        server.server_close()
