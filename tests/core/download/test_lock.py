"""The lock on a target belongs to the process that took it, and to no child of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from annoport.core.download.lock import FileLock
from tests.shared import ROOT
from tests.systems import needs_fork

FORKING = """
import os, sys, time
from pathlib import Path
from annoport.core.download.lock import FileLock

lock = FileLock(Path(sys.argv[1]))
assert lock.acquire()
begun, tell = os.pipe()
child = os.fork()
if child == 0:
    lock.release()  # which is not ours
    os.close(1)
    os.write(tell, b".")
    time.sleep(600)
os.read(begun, 1)
print(child, flush=True)
if sys.argv[2] == "kill":
    os.kill(os.getpid(), 9)
sys.stdin.readline()
lock.release()
print("released", flush=True)
"""


def _run(path: Path, how: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", FORKING, str(path), how],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@needs_fork
def test_a_forked_process_does_not_keep_the_lock_of_a_killed_parent(tmp_path: Path) -> None:
    path = tmp_path / "x.lock"
    with _run(path, "kill") as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
    try:
        assert FileLock(path).acquire()
    finally:
        os.kill(child, signal.SIGKILL)


@needs_fork
def test_a_forked_process_does_not_release_the_lock_of_its_parent(tmp_path: Path) -> None:
    path = tmp_path / "x.lock"
    with _run(path, "stay") as parent:
        assert parent.stdin is not None
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        try:
            assert not FileLock(path).acquire()
            parent.stdin.write("\n")
            parent.stdin.flush()
            assert parent.stdout.readline() == "released\n"
            other = FileLock(path)
            assert other.acquire()
            other.release()
        finally:
            os.kill(child, signal.SIGKILL)
