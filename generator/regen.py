"""`make regen`: every package anew, unless nothing that it is made of has changed."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from generator import build, documents, effective
from generator.package import count
from generator.render import ROOT, remove, render

GENERATED = ROOT / "generated"
_MANIFEST = "manifest.json"
_TOOLS = ("openapi-python-client", "jinja2", "ruff")


def regenerate(
    platforms: list[str], *, specs: Path = effective.SPECS, output: Path = GENERATED
) -> list[dict[str, Any]]:
    """Write the packages of the platforms; give the figures of each, `fresh` if it was skipped."""
    output.mkdir(parents=True, exist_ok=True)
    manifest_path = output / _MANIFEST
    manifest = json.loads(manifest_path.read_text()) if manifest_path.exists() else {}
    figures: list[dict[str, Any]] = []
    for platform in platforms:
        destination = output / f"annoport-{platform}"
        inputs = _digest(_inputs(platform, specs))
        known = manifest.get(platform, {})
        if known.get("inputs") == inputs and known.get("outputs") == digest_folder(destination):
            figures.append(known["figures"] | {"fresh": True})
            continue
        package = build.build(
            platform, effective.load(platform, specs), release=_release(platform, specs)
        )
        render(package, destination)
        figures.append(count(package) | {"fresh": False})
        manifest[platform] = {
            "figures": count(package),
            "inputs": inputs,
            "outputs": digest_folder(destination),
        }
    _drop_unknown(output, manifest, effective.platforms(specs))
    manifest_path.write_text(json.dumps(manifest, indent=2, sort_keys=True) + "\n")
    return figures


def stale(platforms: list[str], *, specs: Path = effective.SPECS) -> list[str]:
    """What `make regen` would change: the files whose committed text is not the generated one."""
    differing: list[str] = []
    with tempfile.TemporaryDirectory(prefix=".check-", dir=GENERATED.parent) as scratch:
        output = Path(scratch)
        regenerate(platforms, specs=specs, output=output)
        for folder in sorted(path.name for path in (*GENERATED.iterdir(), *output.iterdir())):
            differing += _differences(GENERATED / folder, output / folder)
    return sorted(set(differing))


def _differences(committed: Path, fresh: Path) -> list[str]:
    if committed.is_file() or fresh.is_file():
        same = (
            committed.is_file() and fresh.is_file() and committed.read_bytes() == fresh.read_bytes()
        )
        return [] if same else [f"generated/{committed.name}"]
    old, new = _contents(committed), _contents(fresh)
    names = sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))
    return [f"generated/{committed.name}/{name}" for name in names]


def _contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def _release(platform: str, specs: Path) -> str:
    return str(documents.load(specs / platform / "source.yaml")["version"])


def _drop_unknown(output: Path, manifest: dict[str, Any], known: list[str]) -> None:
    for platform in sorted(set(manifest) - set(known)):
        remove(output / f"annoport-{platform}")
        del manifest[platform]


def _inputs(platform: str, specs: Path) -> Iterator[tuple[str, bytes]]:
    """Everything that the generated text depends on."""
    yield "tools", " ".join(f"{t}=={importlib.metadata.version(t)}" for t in _TOOLS).encode()
    sources = [*(specs / platform).glob("*.yaml"), *(ROOT / "templates").iterdir()]
    sources += [*(ROOT / "generator").glob("*.py"), ROOT / "pyproject.toml"]
    sources.append(ROOT / "annoport" / "core" / "annotations.py")
    for path in sorted(sources):
        yield path.name, path.read_bytes()


def digest_folder(folder: Path) -> str:
    """A digest of every file in a folder, by path and content; bytecode does not count."""
    return _digest(iter(sorted(_contents(folder).items())))


def _digest(parts: Iterator[tuple[str, bytes]]) -> str:
    whole = hashlib.sha256()
    for name, content in parts:
        whole.update(f"{name}\0{len(content)}\0".encode())
        whole.update(content)
    return whole.hexdigest()
