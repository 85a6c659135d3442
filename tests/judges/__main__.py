"""Make the environments of the judges if they are missing, and let them judge."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

import attrs

from tests.shared import ROOT

ENVIRONMENTS = ROOT / "build" / "judges-env"
OURS = ("attrs==26.1.0", "httpx==0.28.1", "msgspec==0.22.0", "stamina==26.1.0")
"""What annoport itself needs."""
SERVER = ("starlette==1.10.0", "uvicorn==0.54.0", "python-multipart==0.0.34")
"""What its fake servers need."""


@attrs.frozen(kw_only=True)
class Worker:
    """A program that compares ours with what judges it.

    Attributes:
        name: Its module in this folder, and its environment.
        pins: What it needs besides annoport.
        share: How many of its cases stand for one of `--runs`; a case with a server takes longer.
    """

    name: str
    pins: tuple[str, ...]
    share: float = 1.0

    def runs(self, asked: int) -> int:
        """Return the number of cases, at least one."""
        return max(1, round(asked * self.share))


WORKERS = (
    Worker(
        name="annotations",
        pins=("numpy==2.4.6", "contourpy==1.3.3", "cvat-sdk==2.80.0", "pycocotools==2.0.11"),
    ),
    Worker(name="cvat_flows", pins=("cvat-sdk==2.80.0", *SERVER), share=0.05),
    Worker(name="cvat_functions", pins=("cvat-sdk==2.80.0", "numpy==2.4.6", *SERVER), share=0.05),
    Worker(name="cvat_cli", pins=("cvat-cli==2.80.0", "click==8.5.1", *SERVER)),
    Worker(
        name="cvat_datasets",
        pins=(
            *("cvat-sdk==2.80.0", "numpy==2.4.6", "pillow==13.0.0", "filelock==4.3.1"),
            *("torch==2.13.0", "torchvision==0.28.0"),
            *SERVER,
        ),
        share=0.2,
    ),
    Worker(
        name="batches",
        pins=(
            *("dask==2026.8.0", "distributed==2026.8.0", "moto[server,s3]==5.2.5"),
            *("s3fs==2026.9.0", "fsspec==2026.9.0"),
            *("python-multipart==0.0.34", "starlette==1.10.0", "uvicorn==0.54.0"),
        ),
        share=0.5,
    ),
    Worker(name="names", pins=("cvat-sdk==2.80.0", "pyecotaxa==0.0.5", "tator==1.8.1")),
    Worker(
        name="onnx_models",
        pins=(*("numpy==2.4.6", "onnx==1.23.2", "onnxruntime==1.32.0", "pillow==13.0.0", *SERVER),),
        share=0.2,
    ),
    Worker(
        name="tables",
        pins=("duckdb==2.0.1", "pandas==3.1.1", "polars==2.1.0", "pyarrow==26.0.1", "pytz==2026.2"),
        share=0.2,
    ),
    Worker(
        name="tator_flows",
        pins=(
            "tator==1.8.1",
            *("python-multipart==0.0.34", "starlette==1.10.0", "uvicorn==0.54.0"),
        ),
        share=0.05,
    ),
)


def python(worker: Worker) -> Path:
    """Return the Python of a worker's environment, which is made if missing or out of date."""
    pins = "\n".join((*OURS, *worker.pins))
    folder = ENVIRONMENTS / worker.name
    mark = folder / "pins.txt"
    interpreter = folder / "bin" / "python"
    if not mark.exists() or mark.read_text(encoding="utf-8") != pins:
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        install = [str(interpreter), "-m", "pip", "install", "--quiet", *OURS, *worker.pins]
        subprocess.run(install, check=True)
        mark.write_text(pins, encoding="utf-8")
    return interpreter


def judge(worker: Worker, runs: int) -> int:
    """Let a worker see so many cases of each kind; return its exit status."""
    folders = [ROOT, *(ROOT / "generated").glob("annoport-*")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, folders))}
    command = [str(python(worker)), "-m", f"tests.judges.{worker.name}", str(worker.runs(runs))]
    return subprocess.run(command, env=environment, cwd=ROOT, check=False).returncode


def main() -> int:
    """Run the workers, all of them unless some are named; return 1 if one disagrees."""
    parser = argparse.ArgumentParser(prog="tests.judges", description=__doc__)
    names = [worker.name for worker in WORKERS]
    parser.add_argument(
        "workers", nargs="*", metavar="WORKER", help=f"some of {', '.join(names)}; all by default"
    )
    parser.add_argument("--runs", type=int, default=1000, help="random cases of each kind")
    arguments = parser.parse_args()
    if unknown := sorted({*arguments.workers} - {*names}):
        parser.error(f"no worker {', '.join(unknown)}: expected some of {', '.join(names)}")
    chosen = [worker for worker in WORKERS if worker.name in (arguments.workers or names)]
    statuses = [judge(worker, arguments.runs) for worker in chosen]
    return 1 if any(statuses) else 0


if __name__ == "__main__":
    sys.exit(main())
