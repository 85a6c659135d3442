"""Processes whose work is measured."""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path
from typing import IO

import attrs

from benchmarks.paths import ROOT, environment

MANY = 1_000_000
"""More rounds than any row has."""


@attrs.define(kw_only=True)
class Contestant:
    """A worker process, which does its work once for each line that it is sent.

    Attributes:
        python: The Python of the environment that has its library.
        worker: Its module in `benchmarks.workers`.
        task, arguments: What it does.
        rounds: How often at most, for slow ones.
    """

    name: str
    python: Path
    worker: str
    task: str
    arguments: tuple[str, ...]
    rounds: int
    _process: subprocess.Popen[str] | None = attrs.field(default=None, init=False)

    def start(self) -> None:
        """Start the process and wait until it is ready."""
        command = [self.python, "-m", f"benchmarks.workers.{self.worker}", self.task]
        self._process = subprocess.Popen(
            [*map(str, command), *self.arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=environment(),
        )
        self._read()

    def run(self) -> dict[str, float]:
        """Do the work once; return `seconds` and what else the worker measures."""
        stdin, _ = self._pipes()
        stdin.write("run\n")
        stdin.flush()
        return self._read()

    def stop(self) -> None:
        """End the process."""
        if self._process is not None:
            stdin, stdout = self._pipes()
            stdin.close()
            self._process.wait()
            stdout.close()
            self._process = None

    def _pipes(self) -> tuple[IO[str], IO[str]]:
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            raise RuntimeError(f"{self.name} was not started")
        return process.stdin, process.stdout

    def _read(self) -> dict[str, float]:
        _, stdout = self._pipes()
        line = stdout.readline()
        if not line:
            raise RuntimeError(
                f"{self.name} ({self.worker} {self.task}) ended without an answer; see above"
            )
        found: dict[str, float] = json.loads(line)
        return found


def run_once(
    command: list[str], *, cwd: Path = ROOT, variables: dict[str, str] | None = None
) -> dict[str, float]:
    """Run a program to its end.

    Returns:
        Its `seconds`, and the `cpu` seconds of it and its children.

    Raises:
        RuntimeError: It fails; the message has what it printed.
    """
    started = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=cwd,
        env=variables or environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    output = process.stdout.read() if process.stdout else ""
    _, status, usage = os.wait4(process.pid, 0)
    elapsed = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.stdout:
        process.stdout.close()
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{output[-4000:]}")
    return {"seconds": elapsed, "cpu": usage.ru_utime + usage.ru_stime}
