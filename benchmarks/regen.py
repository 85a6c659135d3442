"""What the generator costs, and what it writes."""

from __future__ import annotations

import contextlib
import shutil
import statistics
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path

from benchmarks import peers
from benchmarks.paths import CACHE, GENERATED, ROOT, environment
from benchmarks.process import run_once
from benchmarks.rows import Figure, Goal, Result, Row

_ROUNDS = 3
_INPUTS = ("annoport", "generated", "generator", "specs", "templates", "tools", "pyproject.toml")
_STEPS = (["tools/unasync.py"], ["-m", "generator", "generate"])


@contextlib.contextmanager
def _copy() -> Generator[Path]:
    """Copy everything that `make regen` reads and writes."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as scratch:
        for name in _INPUTS:
            source, target = ROOT / name, Path(scratch) / name
            shutil.copytree(source, target) if source.is_dir() else shutil.copy2(source, target)
        yield Path(scratch)


def _regen(folder: Path) -> float:
    """Return the CPU seconds of `make regen`."""
    variables = environment() | {"PYTHONPATH": str(folder)}
    return sum(
        run_once([sys.executable, *step], cwd=folder, variables=variables)["cpu"] for step in _STEPS
    )


def _cold() -> Result:
    with _copy() as folder:
        taken = [_regen_anew(folder) for _ in range(_ROUNDS)]
    stock = sum(peers.generate_stock(name, _stock_folder(name))["cpu"] for name in peers.PLATFORMS)
    return Result(
        ours=statistics.median(taken),
        unit="s",
        goal=Goal(6.0, absolute=True),
        peers=[Figure("openapi-python-client", stock)],
        note="CPU seconds; the peer leaves out what it cannot read",
    )


def _regen_anew(folder: Path) -> float:
    (folder / "generated" / "manifest.json").unlink()
    return _regen(folder)


def _unchanged() -> Result:
    with _copy() as folder:
        _regen(folder)
        taken = statistics.median(_regen(folder) for _ in range(_ROUNDS))
    return Result(ours=taken, unit="s", goal=Goal(1.0, absolute=True), note="CPU seconds")


def _size(platform: str) -> Result:
    stock = Figure("openapi-python-client", _lines(peers.stock_client(platform)))
    ours = _lines(GENERATED / f"annoport-{platform}")
    return Result(ours=ours, unit="lines", base=stock, goal=Goal(1.0))


def _lines(folder: Path) -> int:
    return sum(path.read_bytes().count(b"\n") for path in folder.rglob("*.py"))


def _stock_folder(platform: str) -> Path:
    return peers.stock_client(platform).with_name(f"timed_{platform}")


ROWS = (
    Row("regen-cold", "make regen, all three, cold", _cold),
    Row("regen-unchanged", "make regen, nothing changed", _unchanged),
    Row("size-ecotaxa", "lines of the package of EcoTaxa", lambda: _size("ecotaxa")),
    Row("size-tator", "lines of the package of Tator", lambda: _size("tator")),
    Row("size-cvat", "lines of the package of CVAT", lambda: _size("cvat")),
)
