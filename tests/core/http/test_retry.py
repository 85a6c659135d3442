"""Which failures are retried, and which must not be."""

from __future__ import annotations

import subprocess
import sys
import time
from email.utils import formatdate

import pytest
import stamina

from annoport.core import ClientOptions
from annoport.core.contract.operation import Operation
from annoport.core.errors import (
    ApiError,
    BrokenAnswerError,
    DecodeError,
    NotFoundError,
    RateLimitError,
    ServerError,
    TimeoutError,  # noqa: A004
    TransportError,
    UnsentError,
    UnsentTimeoutError,
    ValidationError,
)
from annoport.core.http.retry import Doing, RetryRule, may_pass
from annoport.core.support.backoff import FIRST_PAUSE, LONGEST_PAUSE
from tests.core.both_shells import Shell
from tests.core.servers import Behaviour, hangs_up, raw, says, thing_json
from tests.core.toy import operations as ops

GET = ops.GET_THING, {"id": 1}
TRUNCATED = says("200 OK", b'[{"id":1},', content_type="application/json")


def rule(*, repeatable: bool, max_retries: int = 3, age: float = 0.0) -> RetryRule:
    options = ClientOptions(max_retries=max_retries)
    return RetryRule(options, repeatable, time.monotonic() - age)


BACKOFF = "as the backoff says"


def api(kind: type[ApiError], status: int, retry_after: float | None = None) -> ApiError:
    return kind("no", status=status, retry_after=retry_after)


@pytest.mark.parametrize(
    ("error", "if_repeatable", "otherwise"),
    [
        (UnsentError("no connection"), BACKOFF, BACKOFF),
        (UnsentTimeoutError("no connection"), BACKOFF, BACKOFF),
        (TimeoutError("no answer"), BACKOFF, False),
        (TransportError("reset"), BACKOFF, False),
        (BrokenAnswerError("truncated"), BACKOFF, False),
        (DecodeError("odd shape"), False, False),
        (api(RateLimitError, 429), BACKOFF, BACKOFF),
        (api(RateLimitError, 429, 2.0), 2.0, 2.0),
        (api(RateLimitError, 429, 0.0), 0.0, 0.0),
        (api(RateLimitError, 429, 3600.0), False, False),
        (api(ServerError, 500), False, False),
        (api(ServerError, 502), BACKOFF, False),
        (api(ServerError, 503), BACKOFF, False),
        (api(ServerError, 503, 1.5), 1.5, False),
        (api(ServerError, 504), BACKOFF, False),
        (api(ServerError, 501), False, False),
        (api(NotFoundError, 404), False, False),
        (api(ValidationError, 422), False, False),
        (RuntimeError("a bug"), False, False),
    ],
    ids=repr,
)
def test_rule(
    error: Exception, if_repeatable: bool | float | str, otherwise: bool | float | str
) -> None:
    for repeatable, expected in ((True, if_repeatable), (False, otherwise)):
        found = rule(repeatable=repeatable)(error)
        if expected is BACKOFF:
            assert type(found) is float
            assert FIRST_PAUSE / 2 <= found <= FIRST_PAUSE
        else:
            assert (type(found), found) == (type(expected), expected)
        assert rule(repeatable=repeatable).allows(error) is (expected is not False)


def test_pauses_grow() -> None:
    one = rule(repeatable=True)
    pauses = [one(UnsentError("no connection")) for _ in range(8)]
    for number, pause in enumerate(pauses):
        longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2**number)
        assert longest / 2 <= pause <= longest


@pytest.mark.parametrize("doing", ["call", "transfer", "poll"])
def test_one_table_says_what_may_pass(doing: Doing) -> None:
    found = {status for status in range(400, 600) if may_pass(status, doing)}
    assert (
        found
        == {
            "call": {429, 502, 503, 504},
            "transfer": {408, 423, 425, 429, 500, 502, 503, 504},
            "poll": {429, 500, 502, 503, 504},
        }[doing]
    )


def test_nothing_is_tried_after_the_cap_or_without_retries() -> None:
    error = UnsentError("no connection")
    assert rule(repeatable=True, age=59)(error) is not False
    assert rule(repeatable=True, age=61)(error) is False
    assert rule(repeatable=True, max_retries=0)(error) is False
    wait = api(RateLimitError, 429, 5.0)
    assert rule(repeatable=True, age=54)(wait) == 5.0
    assert rule(repeatable=True, age=56)(wait) is False


TRANSIENT: dict[str, Behaviour] = {
    "502": says("502 Bad Gateway"),
    "503": says("503 Later", keep=False),
    "504": says("504 Late", b"<html>", content_type="text/html"),
    "429": says("429 Slow", b'{"detail":"slow"}', content_type="application/json"),
    "hang-up": hangs_up,
    "truncated JSON": TRUNCATED,
}


@pytest.mark.parametrize("name", TRANSIENT)
@pytest.mark.usefixtures("no_waiting")
def test_repeatable_request_is_sent_again(shell: Shell, name: str) -> None:
    with raw(TRANSIENT[name], TRANSIENT[name], thing_json()) as server:
        assert shell.run(shell.client(server.url).call(*GET)).value.name == "whale"
        assert len(server.requests) == 3


@pytest.mark.parametrize("name", TRANSIENT)
@pytest.mark.usefixtures("no_waiting")
def test_other_request_is_sent_once_unless_it_was_refused(shell: Shell, name: str) -> None:
    with raw(TRANSIENT[name], thing_json()) as server:
        client = shell.client(server.url)
        if name == "429":
            shell.run(client.call(ops.ADD_THING, {}, body={"id": 1}))
            assert len(server.requests) == 2
        else:
            with pytest.raises((ApiError, TransportError, DecodeError)):
                shell.run(client.call(ops.ADD_THING, {}, body={"id": 1}))
            assert len(server.requests) == 1


@pytest.mark.parametrize("status", ["400 Bad", "404 Not Found", "409 Conflict", "500 Oops"])
def test_final_answers_are_asked_for_once(shell: Shell, status: str) -> None:
    with raw(says(status)) as server:
        with pytest.raises(ApiError):
            shell.run(shell.client(server.url).call(*GET))
        assert len(server.requests) == 1


@pytest.mark.usefixtures("no_waiting")
def test_last_failure_is_raised(shell: Shell) -> None:
    with raw(hangs_up, says("502 A"), says("503 B"), says("504 C"), thing_json()) as server:
        with pytest.raises(ServerError) as caught:
            shell.run(shell.client(server.url, max_retries=3).call(*GET))
        assert len(server.requests) == 4
    assert caught.value.status == 504


@pytest.mark.usefixtures("no_waiting")
def test_truncated_list_is_never_a_short_list(shell: Shell) -> None:
    with raw(TRUNCATED) as server:
        with pytest.raises(BrokenAnswerError):
            shell.run(shell.client(server.url, max_retries=1).call(*GET))
        assert len(server.requests) == 2


def test_html_instead_of_json_is_not_asked_for_again(shell: Shell) -> None:
    with raw(says("200 OK", b"<html>hello", content_type="text/html")) as server:
        with pytest.raises(DecodeError, match="HTML"):
            shell.run(shell.client(server.url).call(*GET))
        assert len(server.requests) == 1


@pytest.mark.parametrize("header", ["seconds", "date"])
def test_the_server_s_wait_is_kept(shell: Shell, header: str) -> None:
    # A date has whole seconds only, so the wait may be a little less than one second.
    when = "1" if header == "seconds" else formatdate(time.time() + 2, usegmt=True)
    with raw(says("429 Slow", retry_after=when), thing_json()) as server:
        client = shell.client(server.url)
        started = time.monotonic()
        shell.run(client.call(ops.ADD_THING, {}, body={"id": 1}))
        waited = time.monotonic() - started
    assert 0.9 <= waited < 10


def test_backoff_starts_small(shell: Shell) -> None:
    with raw(says("503 Later"), thing_json()) as server:
        started = time.monotonic()
        shell.run(shell.client(server.url).call(*GET))
    assert FIRST_PAUSE / 2 <= time.monotonic() - started < 5


@pytest.mark.parametrize("switch", ["client", "stamina"])
def test_retries_can_be_switched_off(shell: Shell, switch: str) -> None:
    with raw(says("503 Later")) as server:
        client = shell.client(server.url, max_retries=0 if switch == "client" else 3)
        with stamina.set_testing(switch == "stamina"), pytest.raises(ServerError):
            shell.run(client.call(*GET))
        assert len(server.requests) == 1


class Pipe:
    """A file of unknown length that cannot be rewound."""

    name = "pipe.bin"

    def __init__(self) -> None:
        self.left = [b"abc", b""]

    def seekable(self) -> bool:
        return False

    def read(self, _: int = -1) -> bytes:
        return self.left.pop(0)


UPLOAD: Operation[None] = Operation(
    id="upload",
    method="PUT",
    path="/upload",
    bodies={"application/octet-stream": lambda: bytes},
    responses={"200": {}},
    repeatable=True,
)


@pytest.mark.usefixtures("no_waiting")
def test_body_that_cannot_be_read_again_is_sent_once(shell: Shell) -> None:
    with raw(says("503 Later", keep=False)) as server:
        with pytest.raises(ServerError):
            shell.run(shell.client(server.url).call(UPLOAD, {}, body=Pipe()))
        assert len(server.requests) == 1


@pytest.mark.usefixtures("no_waiting")
def test_slash_redirect_is_followed_on_our_own_origin(shell: Shell) -> None:
    moved = says("307 Moved", location="http://public.example.org/things/1/?a=1")
    with raw(moved, thing_json()) as server:
        client = shell.client(server.url, token="t0ken")
        assert shell.run(client.call(*GET)).value.id == 1
        first, second = (head for _, head in server.requests)
        assert first.startswith(b"GET /things/1 ")
        assert second.startswith(b"GET /things/1/ ")
        assert b"t0ken" in second


@pytest.mark.parametrize(
    "location",
    ["/elsewhere", "http://public.example.org/", "/things/1", "https://[", "", "//evil.example"],
)
def test_other_redirects_are_not_followed(shell: Shell, location: str) -> None:
    with raw(says("307 Moved", location=location)) as server:
        with pytest.raises(ApiError) as caught:
            shell.run(shell.client(server.url).call(*GET))
        assert len(server.requests) == 1
    assert caught.value.status == 307


def test_slash_redirect_of_a_request_that_may_not_be_repeated(shell: Shell) -> None:
    with raw(says("307 Moved", location="/things/")) as server:
        with pytest.raises(ApiError):
            shell.run(shell.client(server.url).call(ops.ADD_THING, {}, body={"id": 1}))
        assert len(server.requests) == 1


def test_slash_redirect_of_a_body_that_cannot_be_read_again(shell: Shell) -> None:
    with raw(says("307 Moved", location="/upload/")) as server:
        with pytest.raises(ApiError):
            shell.run(shell.client(server.url).call(UPLOAD, {}, body=Pipe()))
        assert len(server.requests) == 1


def test_stamina_is_not_loaded_before_a_failure() -> None:
    script = (
        "import sys; from tests.core.both_shells import Client; from tests.core.servers import *\n"
        "from tests.core.toy import operations as ops\n"
        "with serve(thing) as server, Client(server.url) as client:\n"
        "    client.call(ops.GET_THING, {'id': 1})\n"
        "print('stamina' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


def test_retries_print_nothing() -> None:
    script = (
        "from tests.core.both_shells import Client; from tests.core.servers import *\n"
        "from tests.core.toy import operations as ops\n"
        "with raw(sends(b''), thing_json()) as server, Client(server.url) as client:\n"
        "    client.call(ops.GET_THING, {'id': 1})"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout + done.stderr == ""
