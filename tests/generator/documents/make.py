"""Make the documents anew: `.venv/bin/python tests/generator/documents/make.py`.

The frameworks are installed into an environment of their own, build/documents-env.
"""

from __future__ import annotations

import subprocess
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
ENVIRONMENT = HERE.parents[2] / "build" / "documents-env"


def main() -> None:
    """Write a document for each app."""
    python = str(ENVIRONMENT / "bin" / "python")
    if not Path(python).exists():
        venv.create(ENVIRONMENT, with_pip=True)
    requirements = str(HERE / "requirements.txt")
    subprocess.run([python, "-m", "pip", "install", "--quiet", "-r", requirements], check=True)
    for app in sorted((HERE / "apps").glob("*.py")):
        command = [python, "-W", "ignore", app.name]
        made = subprocess.run(command, cwd=app.parent, stdout=subprocess.PIPE, check=True)
        (HERE / f"{app.stem}.json").write_bytes(made.stdout)
        print(f"{app.stem}: {len(made.stdout):,} bytes")


if __name__ == "__main__":
    main()
