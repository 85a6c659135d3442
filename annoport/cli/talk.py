"""What the command says to people, on stderr."""

from __future__ import annotations

import sys
from typing import Final

NAME: Final = "annoport"


def say(text: str) -> None:
    """Write a line to stderr; what its encoding cannot write is escaped.

    Args:
        text: What to say.
    """
    sys.stderr.write(f"{NAME}: {text}\n")
    sys.stderr.flush()


def log_to_stderr(*, requests: bool) -> None:
    """Let the log lines of annoport appear on stderr.

    Args:
        requests: Also each request.
    """
    import logging

    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter(f"{NAME}: %(message)s"))
    logger = logging.getLogger("annoport")
    logger.handlers = [handler]
    logger.setLevel(logging.DEBUG if requests else logging.INFO)
