"""Documents that nobody here wrote by hand: what frameworks say of small apps.

They are in `documents/`, with the apps and the script that makes them anew.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annoport.core.codec import json as codec
from generator.python.directions import directed
from generator.python.inner_references import lifted
from generator.spec import effective
from tests import documents
from tests.generator.platforms import Small

FOLDER = Path(__file__).parent / "documents"
NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))
# What each document needs besides `x-annoport-platform`.
REPAIRS: dict[str, list[dict[str, Any]]] = {
    "apiflask": [{"target": "$", "update": {"x-annoport-operation-ids": "derive"}}]
}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Small]:
    made = Small(tmp_path_factory.mktemp("frameworks"))
    for name in NAMES:
        if name in REPAIRS:
            made.write(name, "repair.yaml", REPAIRS[name])
        made.vendor(name, FOLDER / f"{name}.json")
    yield made
    made.clear()


@pytest.fixture(scope="module")
def package(small: Small) -> Callable[[str], Any]:
    made: dict[str, Any] = {}

    def find(name: str) -> Any:
        if name not in made:
            made[name] = small.package(name)
        return made[name]

    return find


def test_there_is_a_document_of_each_framework() -> None:
    assert NAMES == ["apiflask", "drf", "fastapi", "litestar", "ninja"]


@pytest.mark.parametrize("name", NAMES)
def test_every_schema_goes_there_and_back(
    name: str, small: Small, package: Callable[[str], Any]
) -> None:
    models = package(name).models
    spec = documents.of(directed(lifted(effective.load(name, small.specs))))
    tried: list[str] = []
    for schema in spec.schemas:
        type_: Any = getattr(models, schema, None)
        if type_ is not None:
            tried.append(schema)
            _there_and_back(schema, type_, spec)
    assert len(tried) > 6


def _there_and_back(name: str, type_: Any, spec: documents.Spec) -> None:
    @settings(
        max_examples=12,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(st.data())
    def round_trip(data: st.DataObject) -> None:
        reference = {"$ref": f"#/components/schemas/{name}"}
        document = data.draw(documents.documents(reference, spec.schemas))
        whole = type_ if document is not None else type_ | None
        value = codec.decode(json.dumps(document).encode(), whole, strict=True, where=name)
        written = codec.encode(value)
        assert json.loads(written) == document
        assert codec.decode(written, whole, strict=True, where=name) == value

    round_trip()


def test_the_packages_are_as_strict_as_ours(small: Small, package: Callable[[str], Any]) -> None:
    for name in NAMES:
        package(name)
    sources = [str(small.source(name) / f"annoport_{name}") for name in NAMES]
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--no-incremental"]
    done = subprocess.run(
        [*command, *sources], cwd=small.folder, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.returncode) == ("", 0), done.stdout + done.stderr
