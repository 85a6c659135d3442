"""`make regen`: write every package again, unless nothing that it is made of has changed."""

from __future__ import annotations

import hashlib
import importlib.metadata
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypedDict

import msgspec

from generator import documents
from generator.errors import GeneratorError
from generator.output.counts import Counts, count
from generator.paths import GENERATED, ROOT, SCRATCH, TEMPLATES
from generator.spec import effective

_MANIFEST = "manifest.json"
_TOOLS = ("openapi-python-client", "jinja2", "ruff")
# Folders of the generator that no generated text depends on.
_NO_INPUTS = frozenset({"contract", "docs", "drift"})


class Outcome(Counts):
    """The counts of a package; `fresh` if it was up to date and was left alone."""

    fresh: bool


class _Entry(TypedDict):
    """What the manifest records for a package: counts, and digests of all that it is made of."""

    counts: Counts
    inputs: str
    outputs: str


_Manifest = dict[str, _Entry]


def regenerate(
    platforms: Sequence[str], *, specs: Path = effective.SPECS, output: Path = GENERATED
) -> list[Outcome]:
    """Write the packages of the platforms that are not up to date.

    Leftovers of an earlier run, even of one that was killed, are removed: packages of platforms
    without a spec, and unfinished output.

    Args:
        platforms: The platforms to look at.
        specs: The folder with one folder for each platform.
        output: The folder to write packages into.

    Raises:
        GeneratorError: A package cannot be generated; those before it are written.
    """
    output.mkdir(parents=True, exist_ok=True)
    known = effective.platforms(specs)
    _clean(output, known)
    manifest = _read_manifest(output)
    outcomes: list[Outcome] = []
    for platform in platforms:
        destination = output / _folder(platform)
        entry = manifest.get(platform)
        inputs = _digest(_inputs(platform, specs))
        if entry and (entry["inputs"], entry["outputs"]) == (inputs, digest_folder(destination)):
            outcomes.append({**entry["counts"], "fresh": True})
            continue
        counts = _write(platform, specs, destination)
        outcomes.append({**counts, "fresh": False})
        outputs = digest_folder(destination)
        manifest[platform] = {"counts": counts, "inputs": inputs, "outputs": outputs}
    _write_manifest(output, {name: manifest[name] for name in known if name in manifest})
    return outcomes


def _clean(output: Path, known: Sequence[str]) -> None:
    expected = {_folder(platform) for platform in known}
    packages = {path for path in output.glob(_folder("*")) if path.name not in expected}
    for path in sorted({*packages, *output.glob(f"{SCRATCH}*")}):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _write(platform: str, specs: Path, destination: Path) -> Counts:
    # Importing the parser takes longer than seeing that nothing has changed.
    from generator.output.render import render
    from generator.python.build import build

    spec = effective.load(platform, specs)
    package = build(
        platform, spec, release=release(platform, specs), recovered=recovered(platform, specs)
    )
    render(package, destination)
    return count(package)


def stale(platforms: Sequence[str], *, specs: Path = effective.SPECS) -> list[str]:
    """Return what `make regen` would change: files whose committed text is not the generated one.

    A folder that is present or expected as a whole is named once, with a slash at the end.
    """
    with tempfile.TemporaryDirectory() as scratch:
        output = Path(scratch)
        regenerate(platforms, specs=specs, output=output)
        known = effective.platforms(specs)
        unasked = [platform for platform in known if platform not in platforms]
        committed = _read_manifest(GENERATED)
        expected = {name: committed[name] for name in unasked if name in committed}
        _write_manifest(output, expected | _read_manifest(output))
        skipped = {_folder(platform) for platform in unasked}
        old, new = _contents(GENERATED), _contents(output)
    whole = {_top(name) for name in old} ^ {_top(name) for name in new}
    differing = {
        f"{_top(name)}/" if _top(name) in whole and "/" in name else name
        for name in old.keys() | new.keys()
        if old.get(name) != new.get(name) and _top(name) not in skipped
    }
    return sorted(f"{GENERATED.name}/{name}" for name in differing)


def _top(name: str) -> str:
    return name.partition("/")[0]


def _folder(platform: str) -> str:
    return f"annoport-{platform}"


def _read_manifest(output: Path) -> _Manifest:
    path = output / _MANIFEST
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Manifest)
    except (FileNotFoundError, msgspec.DecodeError, UnicodeDecodeError):
        # An empty manifest, or one with conflict markers, is as good as none.
        return {}


def _write_manifest(output: Path, manifest: _Manifest) -> None:
    text = msgspec.json.format(msgspec.json.encode(manifest, order="sorted"), indent=2) + b"\n"
    unfinished = output / f"{SCRATCH}{_MANIFEST}"
    unfinished.write_bytes(text)
    unfinished.replace(output / _MANIFEST)


def release(platform: str, specs: Path) -> str:
    """Return the version of the server whose contract is vendored."""
    path = specs / platform / "source.yaml"
    record = documents.load(path)
    if "version" not in record:
        raise GeneratorError(f"{path}: expected the `version` of the server that has this contract")
    return str(record["version"])


def recovered(platform: str, specs: Path) -> str:
    """Return how the vendored contract came about; nothing if a server gave it as it is."""
    return str(documents.load(specs / platform / "source.yaml").get("recovered", ""))


def _inputs(platform: str, specs: Path) -> Iterator[tuple[str, bytes]]:
    """Yield everything that the generated text depends on."""
    yield "tools", " ".join(f"{t}=={importlib.metadata.version(t)}" for t in _TOOLS).encode()
    sources = [*(specs / platform).glob("*.yaml"), *TEMPLATES.glob("*.jinja")]
    sources += [TEMPLATES / "ruff.toml", ROOT / "pyproject.toml"]
    sources.append(ROOT / "annoport/core/contract/extensions.py")
    for path in sorted(sources):
        yield path.name, path.read_bytes()
    code = ROOT / "generator"
    for name, path in sorted((path.relative_to(code), path) for path in code.rglob("*.py")):
        if name.parts[0] not in _NO_INPUTS:
            yield name.as_posix(), path.read_bytes()


def digest_folder(folder: Path) -> str:
    """Return a digest of every file in a folder, by path and content, without bytecode."""
    return _digest(sorted(_contents(folder).items()))


def _contents(folder: Path) -> dict[str, bytes]:
    """Return the content of each file by its path inside the folder, without bytecode."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def _digest(parts: Iterable[tuple[str, bytes]]) -> str:
    whole = hashlib.sha256()
    for name, content in parts:
        whole.update(f"{name}\0{len(content)}\0".encode())
        whole.update(content)
    return whole.hexdigest()
