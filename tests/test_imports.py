"""`from annoport import cvat` has all that the generated package has, and our functions."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from annoport import _platform_module, tator
from tests.shared import PLATFORMS, ROOT


def python(code: str) -> str:
    """What a fresh interpreter prints."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout


@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_public_name_is_there(platform: str) -> None:
    module = importlib.import_module(f"annoport.{platform}")
    package = importlib.import_module(f"annoport_{platform}")
    assert {name: getattr(module, name) for name in package.__all__} == {
        name: getattr(package, name) for name in package.__all__
    }
    assert set(package.__all__) <= set(dir(module))


def test_flows_are_beside_them() -> None:
    assert tator.upload_media.__module__ == "annoport.tator._sync.upload_media"
    assert "upload_media" in dir(tator)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_name_that_is_not_there(platform: str) -> None:
    module = importlib.import_module(f"annoport.{platform}")
    with pytest.raises(AttributeError, match=rf"'annoport\.{platform}' has no attribute 'Cleint'"):
        _ = module.Cleint


@pytest.mark.parametrize("platform", PLATFORMS)
def test_names_load_on_first_use(platform: str) -> None:
    code = f"import sys; from annoport import {platform} as p; print(*sys.modules); p.models"
    loaded = set(python(code).split())
    assert loaded.isdisjoint({"httpx", "msgspec", "attrs", f"annoport_{platform}.models"})
    assert f"annoport_{platform}" in loaded


@pytest.mark.parametrize("platform", PLATFORMS)
def test_without_the_package_the_error_says_what_to_install(platform: str) -> None:
    code = (
        f"import sys; sys.modules['annoport_{platform}'] = None\n"
        "try:\n"
        f"    from annoport import {platform}\n"
        "except ImportError as error:\n"
        "    print(error)"
    )
    assert f"pip install 'annoport[{platform}]'" in python(code)


def test_an_error_inside_the_package_is_not_hidden(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "annoport_broken.py").write_text("import a_package_that_is_not_there")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    with pytest.raises(ModuleNotFoundError, match="'a_package_that_is_not_there'"):
        _platform_module.platform_exports("broken")


def test_the_extras_pin_the_version_of_this_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for platform in PLATFORMS:
        pins = project["optional-dependencies"][platform]
        assert pins == [f"annoport-{platform}=={project['version']}"]


_UNLOCKED = ("onnx", "torch", "torchvision")
"""What is too large for the environment of the tests."""


def test_the_lock_has_every_extra_but_large_ones_and_those_of_the_platforms() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (locked,) = re.findall(r"LOCKED_EXTRAS := \$\(addprefix --extra ,([\w ]+)\)", makefile)
    assert {*locked.split(), *PLATFORMS, *_UNLOCKED} == set(project["optional-dependencies"])
    constraints = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    assert re.search(r"^torch", constraints, re.MULTILINE) is None
