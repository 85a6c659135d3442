"""Functions from modules and files."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from annoport.errors import InvalidArgumentError, InvalidFunctionError
from annoport.functions import Context, LoadedFunction, load, parse_parameters

PLAIN = """
from annoport.functions import Spec, make_labels

spec = Spec(labels=make_labels(["crab"]))

def detect(context, image):
    return [context.frame_name, image]
"""
FACTORY = """
from __future__ import annotations
from dataclasses import dataclass
from annoport.functions import Spec, make_labels

@dataclass
class Crabs:
    size: int
    spec = Spec(labels=make_labels(["crab"]))

    def detect_batch(self, contexts, images):
        return [[self.size] for _ in images]

def create(size: int, weights: str = "DEFAULT") -> Crabs:
    return Crabs(size)
"""


def file(folder: Path, text: str) -> Path:
    path = folder / "crabs.py"
    path.write_text(text, encoding="utf-8")
    return path


def call(function: LoadedFunction) -> object:
    return function.detect_batch([Context(frame_name="a.png")], ["image"])


def test_a_file_may_be_a_function(tmp_path: Path) -> None:
    path = file(tmp_path, PLAIN)
    before = list(sys.path)
    function = load(path)
    assert function.name == str(path)
    assert not function.in_batches
    assert [label.name for label in function.spec.labels] == ["crab"]
    assert call(function) == [["a.png", "image"]]
    assert sys.path == before


def test_a_file_may_make_one(tmp_path: Path) -> None:
    path = file(tmp_path, FACTORY)
    function = load(str(path), size=3)
    assert function.name == f"{path}, size=3"
    assert function.in_batches
    assert call(function) == [[3]]


def test_a_module_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file(tmp_path, FACTORY)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    function = load("crabs", size=3, weights="COCO")
    assert function.name == "crabs, size=3, weights='COCO'"
    assert load.__module__ == "annoport.functions.loading"


def test_what_cannot_be_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    file(tmp_path, FACTORY.replace(', weights: str = "DEFAULT"', ""))
    cases: list[tuple[Callable[[], object], str]] = [
        (
            lambda: load("no_such"),
            "no_such: there is no module 'no_such'; a file is named with its ending .py",
        ),
        (lambda: load("gone.py"), "gone.py: there is no such file"),
        (
            lambda: load("crabs.py", sise=3),
            (
                "crabs.py, sise=3: create(size: 'int') -> 'Crabs' cannot be called so: missing a "
                "required argument: 'size'"
            ),
        ),
        (
            lambda: load("json.tool", size=3),
            "json.tool, size=3: it has no create() that would take size",
        ),
        (
            lambda: load("json.tool"),
            (
                "json.tool: it has no spec, and no create() that returns an object with one; a "
                "class alone is not taken"
            ),
        ),
    ]
    for attempt, message in cases:
        with pytest.raises(InvalidFunctionError) as caught:
            attempt()
        assert str(caught.value) == f"function {message}"


def test_what_has_no_detect(tmp_path: Path) -> None:
    path = file(tmp_path, PLAIN.replace("def detect(", "def find("))
    with pytest.raises(InvalidFunctionError) as caught:
        load(path)
    assert str(caught.value) == (
        f"function {path}: it has no detect(context, image) and no detect_batch(contexts, images)"
    )


def test_an_error_in_a_spec_names_the_function(tmp_path: Path) -> None:
    path = file(tmp_path, PLAIN.replace('["crab"]', '["crab", "crab"]'))
    with pytest.raises(InvalidFunctionError) as caught:
        load(path)
    assert str(caught.value) == f"function {path}: spec: labels['crab']: is there twice"


def test_an_import_that_fails_within_is_not_hidden(tmp_path: Path) -> None:
    path = file(tmp_path, "import annoport_no_such_module")
    with pytest.raises(ModuleNotFoundError, match="annoport_no_such_module"):
        load(path)


def test_parameters_have_types() -> None:
    texts = ["name=str:a=b:c", "count=int:3", "share=float:0.5", "fast=bool:true", "slow=bool:no"]
    assert parse_parameters(texts) == {
        "name": "a=b:c",
        "count": 3,
        "share": 0.5,
        "fast": True,
        "slow": False,
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("count", "'count': expected NAME=TYPE:VALUE, where TYPE is str, int, float, bool"),
        ("count=3", "'count=3': expected NAME=TYPE:VALUE, where TYPE is str, int, float, bool"),
        ("a=list:3", "'a=list:3': expected NAME=TYPE:VALUE, where TYPE is str, int, float, bool"),
        ("a-b=int:3", "'a-b=int:3': expected NAME=TYPE:VALUE, where TYPE is str, int, float, bool"),
        ("count=int:three", "'count=int:three': 'three' is no int"),
        ("fast=bool:maybe", "'fast=bool:maybe': 'maybe' is no bool"),
    ],
)
def test_parameters_in_another_form(text: str, message: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        parse_parameters([text])
    assert str(caught.value) == f"parameter {message}"
