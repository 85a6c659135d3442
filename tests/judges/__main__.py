"""Make the judges' environment if it is missing, and let them judge."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.shared import ROOT

ENVIRONMENT = ROOT / "build" / "judges-env"
# What annoport itself needs, and the judges.
PINS = (
    *("attrs==26.1.0", "httpx==0.28.1", "msgspec==0.22.0", "stamina==26.1.0"),
    *("numpy==2.4.6", "contourpy==1.3.3", "cvat-sdk==2.80.0", "pycocotools==2.0.11"),
)


def python() -> Path:
    """Return the Python of the environment, which is made if missing or out of date."""
    pins = "\n".join(PINS)
    mark = ENVIRONMENT / "pins.txt"
    interpreter = ENVIRONMENT / "bin" / "python"
    if not mark.exists() or mark.read_text(encoding="utf-8") != pins:
        shutil.rmtree(ENVIRONMENT, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(ENVIRONMENT)], check=True)
        install = [str(interpreter), "-m", "pip", "install", "--quiet", *PINS]
        subprocess.run(install, check=True)
        mark.write_text(pins, encoding="utf-8")
    return interpreter


def main() -> int:
    """Run the judges."""
    parser = argparse.ArgumentParser(prog="tests.judges", description=__doc__)
    parser.add_argument("--runs", type=int, default=1000, help="random cases of each kind")
    arguments = parser.parse_args()
    folders = [ROOT, *(ROOT / "generated").glob("annoport-*")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, folders))}
    worker = Path(__file__).with_name("worker.py")
    command = [str(python()), str(worker), str(arguments.runs)]
    return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
