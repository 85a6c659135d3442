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
    thread = threading.Thread(target=_accept, args=(listener, converse), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def _accept(listener: socket.socket, converse: Converse) -> None:
    number = 0
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        number += 1
        # One thread each, so that an idle connection in a client's pool does not block others.
        threading.Thread(target=_serve, args=(connection, number, converse), daemon=True).start()


def _serve(connection: socket.socket, number: int, converse: Converse) -> None:
    with connection, contextlib.suppress(OSError):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        converse(connection, number)
