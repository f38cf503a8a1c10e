"""A server that speaks as OpenAI's does (POST …/chat/completions), and misbehaves as it is told."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

GOOD: dict[str, Any] = {
    "subject": "Your question about our work",
    "body": "Yes, it does: your calendar stays as it is, and the short guide below shows how.",
    "reason_used": "unanswered_question",
    "evidence_ids": ["E1"],
    "claims": [{"text": "They asked about their calendar", "evidence_id": "E1"}],
}


class ModelServer(ThreadingHTTPServer):
    """``say`` is given the request as JSON and answers with the model's words, or writes to the handler itself."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[dict[str, Any]] = []
        self.say: Callable[[dict[str, Any]], str] = lambda _asked: json.dumps(GOOD)
        self.raw: Callable[[BaseHTTPRequestHandler], None] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def answer(self, **changes: Any) -> None:
        """Answer with the good text, changed so."""
        self.say = lambda _asked: json.dumps({**GOOD, **changes})

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that gave up is expected here."""


class _Handler(BaseHTTPRequestHandler):
    server: ModelServer

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append(asked)
        if self.server.raw is not None:
            self.server.raw(self)
            return
        reply(self, 200, completion(self.server.say(asked)))

    def log_message(self, *_args: Any) -> None:
        """Nothing is written to the terminal."""


def completion(words: str, **changes: Any) -> bytes:
    """What a server answers whose model said this."""
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": words}}
    usage = {"prompt_tokens": 400, "completion_tokens": 60, "total_tokens": 460}
    return json.dumps(
        {
            "id": "1",
            "object": "chat.completion",
            "created": 1,
            "model": "m",
            "choices": [choice],
            "usage": usage,
            **changes,
        }
    ).encode()


def reply(handler: BaseHTTPRequestHandler, status: int, body: bytes, kind: str = "application/json") -> None:
    handler.send_response(status)
    handler.send_header("Content-Type", kind)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def too_slow(handler: BaseHTTPRequestHandler) -> None:
    time.sleep(1.5)
    reply(handler, 200, completion(json.dumps(GOOD)))


def drips(handler: BaseHTTPRequestHandler) -> None:
    """Never stops, and never comes to an end."""
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.end_headers()
    for _ in range(15):
        handler.wfile.write(b" ")
        handler.wfile.flush()
        time.sleep(0.1)


def breaks_off(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "4000")
    handler.end_headers()
    handler.wfile.write(b'{"choices": [')
    handler.wfile.flush()
    handler.connection.close()


@contextmanager
def running() -> Iterator[ModelServer]:
    server = ModelServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
