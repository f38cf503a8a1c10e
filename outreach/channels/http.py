"""One request to a provider, under one deadline, by which we know whether it was handed over.

The usual clients cannot say that: their time limit begins anew with every byte, and a connection that breaks looks
the same before and after the request was written. So the packages that know what each provider wants to hear get a
session whose one adapter is ours. It takes no proxy or password from the environment, follows no redirect, reuses no
connection, and reads no more of an answer than anybody needs.
"""

from __future__ import annotations

import functools
import http.client
import io
import ipaddress
import socket
import ssl
import time
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

#: More than this no provider answers to one message, in bytes.
MOST_ANSWER = 1_000_000


class NothingSentError(Exception):
    """It broke off before the first byte of the request left. It may be tried again."""


class AnswerLostError(Exception):
    """It broke off after the request had begun to leave. Whoever got it may have acted on it."""


def session(*, seconds: float, public_only: bool = False) -> OneCall:
    """A session for one request that is over within ``seconds``, whatever the other side does.

    ``public_only``: addresses inside a network are refused, whatever name they hide behind. The request raises
    NothingSentError or AnswerLostError, and nothing else, for what a network does.
    """
    return OneCall(time.monotonic() + seconds, public_only)


class OneCall(requests.Session):
    """What `session` makes. ``wrote`` says whether at least a byte of the request may have left."""

    def __init__(self, deadline: float, public_only: bool) -> None:
        super().__init__()
        self.trust_env = False
        self.headers = CaseInsensitiveDict({"User-Agent": "Rekindle", "Accept": "*/*", "Accept-Encoding": "identity"})
        self.line = _Line(deadline)
        self.adapters.clear()
        for scheme in ("https://", "http://"):
            self.mount(scheme, _Adapter(self.line, public_only))

    @property
    def wrote(self) -> bool:
        return self.line.wrote

    def get_redirect_target(self, resp: requests.Response) -> None:
        """No redirect is followed: the request, and the key in it, were meant for one place."""
        return None


class _Adapter(BaseAdapter):
    def __init__(self, line: _Line, public_only: bool) -> None:
        super().__init__()
        self.line = line
        self.public_only = public_only

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        """Ask and read the answer whole."""
        url = urlsplit(str(request.url))
        line = self.line
        try:
            port = url.port or (443 if url.scheme == "https" else 80)
            line.open(url.hostname or "", port, tls=url.scheme == "https", public_only=self.public_only)
            connection = http.client.HTTPConnection(url.hostname or "", port)
            # All that it asks a socket for.
            connection.sock = line
            target = (url.path or "/") + (f"?{url.query}" if url.query else "")
            body: Any = request.body.encode() if isinstance(request.body, str) else request.body
            connection.request(str(request.method), target, body, dict(request.headers))
            answer = connection.getresponse()
            content = answer.read(MOST_ANSWER + 1)
            if len(content) > MOST_ANSWER:
                raise ValueError("too long")
        except (OSError, http.client.HTTPException, ValueError) as problem:
            error = AnswerLostError if line.wrote else NothingSentError
            # Only the kind: what a system says about a connection may hold the address it was for.
            raise error(_kind(problem)) from problem
        finally:
            line.end()
        response = requests.Response()
        response.status_code = answer.status
        response.reason = answer.reason
        response.headers = CaseInsensitiveDict(answer.getheaders())
        response.url = str(request.url)
        response.request = request
        response.encoding = requests.utils.get_encoding_from_headers(response.headers) or "utf-8"
        # Read already; there is no other way to say so.
        response._content, response._content_consumed = content, True
        return response

    def close(self) -> None:
        """There is nothing to close: no connection outlasts its request."""


class _Line:
    """A connection with one deadline for all that is done with it. ``wrote``: at least a byte may have left."""

    def __init__(self, deadline: float) -> None:
        self.deadline = deadline
        self.wrote = False
        self.socket: socket.socket | None = None

    def open(self, host: str, port: int, *, tls: bool, public_only: bool) -> None:
        """Connect to the first address of ``host`` that answers. Raises OSError or ValueError."""
        failure: OSError = ConnectionError("no address")
        for family, kind, protocol, _name, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
            # The address that was looked at is the one that is connected to: a name may answer differently next time.
            if public_only and not ipaddress.ip_address(address[0]).is_global:
                raise ValueError("not a public address")
            tried = socket.socket(family, kind, protocol)
            try:
                tried.settimeout(self._left())
                tried.connect(address)
                self.socket = tried
                if tls:
                    self.socket = _trusted().wrap_socket(tried, server_hostname=host)
                self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            except OSError as problem:
                tried.close()
                self.socket, failure = None, problem
            else:
                return
        raise failure

    def sendall(self, data: bytes) -> None:
        """Write all of it. From the first byte on, it counts as handed over."""
        left = memoryview(data)
        while left:
            self._ready().settimeout(self._left())
            self.wrote = True
            left = left[self._ready().send(left) :]

    def read_into(self, buffer: Any) -> int:
        """Read what is there, within what is left of the time."""
        self._ready().settimeout(self._left())
        return self._ready().recv_into(buffer)

    def makefile(self, *_mode: Any) -> io.BufferedReader:
        """What the answer is read from."""
        return io.BufferedReader(_Answer(self))

    def close(self) -> None:
        """Asked for by `http.client` as soon as it knows that no second request will follow: the answer is still to
        be read then, so this closes nothing. `end` does."""

    def end(self) -> None:
        """Hang up."""
        if self.socket is not None:
            self.socket.close()

    def _ready(self) -> socket.socket:
        if self.socket is None:
            raise ConnectionError("not connected")
        return self.socket

    def _left(self) -> float:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("out of time")
        return left


class _Answer(io.RawIOBase):
    def __init__(self, line: _Line) -> None:
        super().__init__()
        self.line = line

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self.line.read_into(buffer)


@functools.lru_cache(maxsize=1)
def _trusted() -> ssl.SSLContext:
    """The certificates that this machine trusts. Reading them takes longer than a request."""
    return ssl.create_default_context()


def _kind(problem: Exception) -> str:
    return {"TimeoutError": "out of time", "gaierror": "no such name"}.get(
        type(problem).__name__, type(problem).__name__
    )
