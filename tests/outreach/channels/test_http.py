"""One request under one deadline: we know whether it was handed over, whatever the other side does."""

from __future__ import annotations

import socket
import time
from contextlib import ExitStack

import pytest

from outreach.channels.http import MOST_ANSWER, AnswerLostError, NothingSentError, session
from tests.outreach.channels.far_side import FarSide


def test_an_answer_is_read_whole(far_side: FarSide) -> None:
    far_side.status, far_side.body = 202, {"id": "7", "ö": "ß"}
    call = session(seconds=5)
    answer = call.post(f"{far_side.url}/send?a=b", data='{"text": "Grüße"}', headers={"X-One": "1"})
    assert (answer.status_code, answer.json()) == (202, {"id": "7", "ö": "ß"})
    [asked] = far_side.asked
    assert (asked.method, asked.path, asked.headers["x-one"]) == ("POST", "/send?a=b", "1")
    assert asked.json == {"text": "Grüße"}
    assert call.wrote


def test_nobody_there_means_that_nothing_was_sent() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    call = session(seconds=1)
    with pytest.raises(NothingSentError, match="ConnectionRefusedError"):
        call.post(f"http://127.0.0.1:{port}/", data="x")
    assert not call.wrote


def test_a_door_that_does_not_open_in_time_means_that_nothing_was_sent() -> None:
    with ExitStack() as open_:
        full, *waiting = (open_.enter_context(socket.socket()) for _ in range(4))
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for one in waiting:
            # The queue is short, and nobody is ever let in.
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        with pytest.raises(NothingSentError, match="out of time"):
            session(seconds=0.1).post(f"http://127.0.0.1:{full.getsockname()[1]}/", data="x")


def test_no_secret_door_means_that_nothing_was_sent(far_side: FarSide) -> None:
    with pytest.raises(NothingSentError):
        session(seconds=2).post(far_side.url.replace("http://", "https://"), data="secret")
    assert far_side.asked == []


@pytest.mark.parametrize("how", ["wait", "drip"])
def test_the_deadline_is_one_for_everything(far_side: FarSide, how: str) -> None:
    setattr(far_side, how, {"wait": 1.0, "drip": 0.05}[how])
    began = time.monotonic()
    with pytest.raises(AnswerLostError, match="out of time"):
        session(seconds=0.2).post(far_side.url, data="x")
    assert time.monotonic() - began < 0.6
    assert len(far_side.asked) == 1


@pytest.mark.parametrize(
    "raw", [b"nonsense", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n" + b"x" * (MOST_ANSWER + 2), b""]
)
def test_an_answer_without_sense_is_a_lost_one(far_side: FarSide, raw: bytes) -> None:
    far_side.raw, far_side.hang_up = raw, not raw
    if len(raw) > MOST_ANSWER:
        far_side.raw = raw.replace(b"Content-Length: 5", f"Content-Length: {MOST_ANSWER + 2}".encode())
    with pytest.raises(AnswerLostError):
        session(seconds=2).post(far_side.url, data="x")


def test_no_redirect_is_followed(far_side: FarSide) -> None:
    far_side.status, far_side.headers = 307, {"Location": f"{far_side.url}/elsewhere"}
    assert session(seconds=2).post(far_side.url, data="x").status_code == 307
    assert len(far_side.asked) == 1


def test_nothing_is_taken_from_the_environment(far_side: FarSide, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert session(seconds=2).post(far_side.url, data="x").status_code == 200
    assert "authorization" not in far_side.asked[0].headers


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "169.254.169.254", "10.0.0.1"])
def test_a_machine_inside_is_refused_by_whatever_name(far_side: FarSide, host: str) -> None:
    port = far_side.url.rpartition(":")[2]
    call = session(seconds=0.5, public_only=True)
    with pytest.raises(NothingSentError):
        call.post(f"http://{host}:{port}/", data="x")
    assert (far_side.asked, call.wrote) == ([], False)
