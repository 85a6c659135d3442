"""The judges: two independent mock servers, started and read."""

from __future__ import annotations

import abc
import json
import os
import socket
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import attrs

from tests import npm_tools

_START_SECONDS = 60.0


class JudgeError(Exception):
    """A judge could not be started or understood."""


@attrs.frozen(kw_only=True)
class Violation:
    """What a judge objects to in a request; `code` is the judge's name for it."""

    code: str
    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.code} at {self.place}: {self.message}"


class Judge(abc.ABC):
    """A mock server of one platform, running inside a `with` block."""

    name: str

    def __init__(self, spec: Path) -> None:
        self._spec = spec
        self._log = spec.with_suffix(f".{self.name}.log")
        self._port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address that it listens on."""
        return f"http://127.0.0.1:{self._port}"

    @abc.abstractmethod
    def command(self, port: int) -> list[str]:
        """Return the command that starts it."""

    @abc.abstractmethod
    def answers(self, statuses: list[str], turn: int) -> list[dict[str, str]]:
        """Return headers that ask for each kind of answer that a call of this turn should get."""

    @abc.abstractmethod
    def violations(self, headers: Mapping[str, str]) -> list[Violation]:
        """Return what the judge objects to in the request, from the headers of its answer."""

    def __enter__(self) -> Self:
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                self.command(self._port),
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                env={**os.environ, "NO_COLOR": "1"},
            )
        self._await_start(self._process)
        return self

    def __exit__(self, *_: object) -> None:
        process = self._process
        if process is not None and process.poll() is None:
            process.terminate()
            process.wait()

    def _await_start(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline and process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self._port)).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        self.__exit__()
        said = self._log.read_text(encoding="utf-8", errors="replace")[-2000:]
        raise JudgeError(f"{self.name} did not start with {self._spec.name}: {said}")


class Prism(Judge):
    """Stoplight's Prism: checks requests, and answers with examples made from the schemas."""

    name = "prism"

    def __init__(self, spec: Path, seed: str = "annoport") -> None:
        super().__init__(spec)
        self._seed = seed

    def command(self, port: int) -> list[str]:
        script = npm_tools.package("@stoplight/prism-cli") / "dist" / "index.js"
        options = ["--host", "127.0.0.1", "--port", str(port), "--seed", self._seed]
        return ["node", str(script), "mock", *options, "--verboseLevel", "silent", str(self._spec)]

    def answers(self, statuses: list[str], turn: int) -> list[dict[str, str]]:
        code = f"code={statuses[turn % len(statuses)]}, " if statuses else ""
        return [{"Prefer": f"{code}dynamic={dynamic}"} for dynamic in ("false", "true")]

    def violations(self, headers: Mapping[str, str]) -> list[Violation]:
        found: list[dict[str, Any]] = json.loads(headers.get("sl-violations", "[]"))
        return [
            Violation(
                code=str(one["code"]), place=".".join(one["location"]), message=str(one["message"])
            )
            for one in found
            # A deprecated parameter is only a warning.
            if one["location"][:1] == ["request"] and one["severity"] == "Error"
        ]


class Steady(Judge):
    """Steady: checks requests, and tells errors of the client from errors of the spec."""

    name = "steady"

    def command(self, port: int) -> list[str]:
        script = npm_tools.package("@stdy/cli") / "steady.js"
        options = ["--host", "127.0.0.1", "--port", str(port), "--quiet", "--log=false"]
        return ["node", str(script), *options, str(self._spec)]

    def answers(self, statuses: list[str], turn: int) -> list[dict[str, str]]:
        # It always answers with the first success status.
        return [{"X-Steady-Seed": str(turn), "X-Steady-Array-Size": size} for size in ("0", "2")]

    def violations(self, headers: Mapping[str, str]) -> list[Violation]:
        count = int(headers.get("x-steady-error-count", "0"))
        return [
            Violation(
                code=headers.get(f"x-steady-error-{number}-code", ""),
                place=headers.get(f"x-steady-error-{number}-path", ""),
                message=headers.get(f"x-steady-error-{number}-message", ""),
            )
            for number in range(1, count + 1)
        ]


JUDGES: dict[str, type[Judge]] = {"prism": Prism, "steady": Steady}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
