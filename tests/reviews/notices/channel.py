"""A chat to write to: an incoming webhook on this machine, which keeps what arrives and refuses when asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer


class Channel(HTTPServer):
    """``texts`` arrived. ``status`` is what is answered; 0 hangs up without an answer."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Hook)
        self.texts: list[str] = []
        self.status = 200

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/services/T0/B0/secret"


class _Hook(BaseHTTPRequestHandler):
    server: Channel

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.server.status == 200 or not self.server.status:
            self.server.texts.append(body["text"])
        if self.server.status:
            self.send_response(self.server.status)
            self.end_headers()
            self.wfile.write(b"ok")

    def log_message(self, *_args: object) -> None:
        """Nothing on the terminal."""


@contextmanager
def listening() -> Iterator[Channel]:
    """The channel, for as long as the block lasts."""
    channel = Channel()
    thread = threading.Thread(target=channel.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield channel
    finally:
        channel.shutdown()
        thread.join()
        channel.server_close()
