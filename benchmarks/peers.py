"""The environments of the peers and our own: made once, with pinned versions."""

from __future__ import annotations

import functools
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from benchmarks.paths import CACHE
from benchmarks.process import MANY, Contestant, run_once
from generator.openapi import iterate
from generator.spec import effective

PLATFORMS = ("ecotaxa", "tator", "cvat")

_PINS: dict[str, tuple[str, ...]] = {
    "ours": ("attrs==26.1.0", "httpx==0.28.1", "msgspec==0.22.0", "stamina==26.1.0"),
    "pandas": ("pandas==3.1.1",),
    "cvat-sdk": ("cvat-sdk==2.80.0",),
    # This version has models of its own; newer ones wrap dicts, by a spec from the server.
    "tator": ("tator==1.5.0",),
    "tator-1.8": ("tator==1.8.1",),
    "openapi-python-client": (
        "openapi-python-client==0.29.1",
        "typer==0.27.3",
        "python-dateutil==2.9.0.post0",
    ),
    "pydantic": ("pydantic==2.14.3",),
}
_PINS["cli"] = (*_PINS["ours"], "click==8.5.1")
_PINS["cvat-cli"] = (*_PINS["cvat-sdk"], "cvat-cli==2.80.0")
_PINS["tables"] = (*_PINS["ours"], "pyarrow==26.0.1")  # apart, so that no other row imports it
_PINS["dask"] = (*_PINS["ours"], "dask==2026.8.0", "distributed==2026.8.0")
_PINS["functions"] = (*_PINS["ours"], "pillow==13.0.0")
_NUMPY = "numpy==2.4.6"
_IMAGES = (_NUMPY, "pillow==13.0.0")
_PINS["datasets"] = (*_PINS["ours"], *_IMAGES, "filelock==4.3.1")
_PINS["torch"] = (*_PINS["datasets"], "torch==2.13.0")
_PINS["annoport-masks"] = (*_PINS["ours"], _NUMPY)
_PINS["cvat-sdk-masks"] = (*_PINS["cvat-sdk"], _NUMPY)
_PINS["pycocotools-masks"] = ("pycocotools==2.0.11", _NUMPY)


@functools.cache
def python(peer: str) -> Path:
    """Return the Python of a peer's environment, which is made if missing or out of date."""
    pins = "\n".join(_PINS[peer])
    folder = CACHE / "environments" / peer
    mark = folder / "pins.txt"
    interpreter = folder / "bin" / "python"
    if not mark.exists() or mark.read_text(encoding="utf-8") != pins:
        print(f"setting up {peer} ...", file=sys.stderr, flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run(
            [str(interpreter), "-m", "pip", "install", "--quiet", *_PINS[peer]], check=True
        )
        mark.write_text(pins, encoding="utf-8")
    return interpreter


def contestant(
    name: str,
    *,
    worker: str,
    task: str,
    arguments: tuple[str, ...],
    peer: str = "ours",
    rounds: int = MANY,
) -> Contestant:
    """Return a worker that runs in the environment of a peer."""
    return Contestant(
        name=name, python=python(peer), worker=worker, task=task, arguments=arguments, rounds=rounds
    )


@functools.cache
def spec(platform: str) -> Path:
    """Write the effective spec with descriptions of answers, which other generators require."""
    path = CACHE / "specs" / f"{platform}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    document: dict[str, Any] = effective.load(platform)
    answers: list[dict[str, Any]] = [*document["components"].get("responses", {}).values()]
    for _, _, operation in iterate(document):
        answers += operation.get("responses", {}).values()
    for answer in answers:
        if "$ref" not in answer:
            answer.setdefault("description", "")
    text = yaml.dump(document, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False)
    path.write_text(text, encoding="utf-8")
    return path


def generate_stock(platform: str, folder: Path) -> dict[str, float]:
    """Let openapi-python-client write its client, and return the seconds that it took."""
    config = folder.with_suffix(".yaml")
    config.write_text(f"package_name_override: {folder.name}\n", encoding="utf-8")
    command = [str(python("openapi-python-client").with_name("openapi-python-client")), "generate"]
    command += ["--path", str(spec(platform)), "--meta", "none", "--output-path", str(folder)]
    return run_once([*command, "--overwrite", "--config", str(config)])


@functools.cache
def stock_client(platform: str) -> Path:
    """Return the package `stock_PLATFORM` that openapi-python-client generates."""
    folder = CACHE / "stock" / f"stock_{platform}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    generate_stock(platform, folder)
    return folder
