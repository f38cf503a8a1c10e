"""The web server as `make demo` runs it, and visitors who ask it for pages over real connections."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore

from config.serve import ROOT, child_environment, port_answers, procfile
from staff.middleware import SEEN_AT, SIGNED_IN_AT
from staff.models import User

_START_SECONDS = 60
_PATIENCE_SECONDS = 60


@dataclass(frozen=True)
class Page:
    """One page, and the cookies of the people who ask for it: the first visitor is the first of them, and so on.

    ``crowd`` is False for a page too slow to be asked for by many at once, ``nothing`` is True where it has nothing to
    say.
    """

    name: str
    path: str
    cookies: Sequence[str]
    says: str = ""
    crowd: bool = True
    nothing: bool = False


def cookie_of(user: User) -> str:
    """Sign somebody in without a form, and say the cookie a browser would send."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session[SIGNED_IN_AT] = session[SEEN_AT] = int(time.time())
    session.save()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


@contextmanager
def serving() -> Iterator[int]:
    """The web process of the Procfile on a free port of this machine, and its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        procfile(port)["web"],
        cwd=ROOT,
        env=child_environment(port) | {"DJANGO_SETTINGS_MODULE": "benchmarks.settings"},
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        deadline = time.monotonic() + _START_SECONDS
        while not port_answers(port):
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("The web server did not start; what it said is above.")
            time.sleep(0.1)
        yield port
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, 9)
            server.wait()


def visit(port: int, page: Page, visitors: int, seconds: float) -> list[float]:
    """Let so many visitors ask for one page, each again as soon as it has it, for a while. Seconds of every answer."""
    answers: list[list[float]] = [[] for _ in range(visitors)]
    troubles: list[BaseException] = []
    begin = threading.Barrier(visitors)

    def ask_again_and_again(place: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE_SECONDS)
        headers = {"Cookie": page.cookies[place % len(page.cookies)]} if page.cookies else {}
        try:
            _ask(connection, page, headers)  # opens the connection; not counted
            begin.wait(_PATIENCE_SECONDS)
            deadline = time.perf_counter() + seconds
            while True:
                begun = time.perf_counter()
                _ask(connection, page, headers)
                now = time.perf_counter()
                answers[place].append(now - begun)
                if now > deadline:
                    return
        except BaseException as trouble:  # noqa: BLE001  told to the caller, who raises it
            troubles.append(trouble)
            begin.abort()
        finally:
            connection.close()

    threads = [threading.Thread(target=ask_again_and_again, args=(place,)) for place in range(visitors)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if troubles:
        raise next((one for one in troubles if not isinstance(one, threading.BrokenBarrierError)), troubles[0])
    return [one for each in answers for one in each]


def _ask(connection: http.client.HTTPConnection, page: Page, headers: dict[str, str]) -> None:
    connection.request("GET", page.path, headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != (204 if page.nothing else 200) or page.says.encode() not in body:
        raise AssertionError(f"{page.name} ({page.path}) answered {answer.status}, and not with the page expected.")
