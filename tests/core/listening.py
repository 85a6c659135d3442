"""What every raw test server does: listen, and hold a conversation on each connection."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Generator
from typing import TypeAlias

Converse: TypeAlias = Callable[[socket.socket, int], None]


@contextlib.contextmanager
def listening(converse: Converse) -> Generator[str]:
    """Listen on a free loopback port until the block ends, and yield the URL.

    Args:
        converse: Called with each connection, which is closed afterwards, and its number, from 1.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    ended = threading.Event()
    thread = threading.Thread(target=_accept, args=(listener, converse, ended), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        # Systems differ in what else ends a wait for connections.
        ended.set()
        socket.create_connection(listener.getsockname()).close()
        thread.join()
        listener.close()


def unused_url() -> str:
    """Return a URL at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


def _accept(listener: socket.socket, converse: Converse, ended: threading.Event) -> None:
    number = 0
    while True:
        connection, _ = listener.accept()
        if ended.is_set():
            connection.close()
            return
        number += 1
        # One thread each, so that an idle connection in a client's pool does not block others.
        threading.Thread(target=_serve, args=(connection, number, converse), daemon=True).start()


def _serve(connection: socket.socket, number: int, converse: Converse) -> None:
    with connection, contextlib.suppress(OSError):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        converse(connection, number)
