"""`history`: the contracts of many releases become one file, on which nothing else depends."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from generator import __main__, documents, history
from generator.errors import GeneratorError
from generator.history import Corpus
from generator.spec import effective, releases
from tests.generator import sample_spec
from tests.shared import SHARED, needs_shared

Spec = dict[str, Any]
PARAMETER = "GET /pots query colour"


def spec(*, colour: bool = False, kinds: tuple[str, ...] = ()) -> Spec:
    result: Spec = copy.deepcopy(sample_spec.SPEC)
    schema: Spec = {"type": "string", "enum": list(kinds)} if kinds else {"type": "string"}
    if colour:
        parameter = {"name": "colour", "in": "query", "schema": schema}
        result["paths"]["/pots"]["get"]["parameters"].append(parameter)
    return result


def saved(folder: Path, release: str, contract: Spec) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{release}.json"
    path.write_text(json.dumps(contract))
    return path


def test_editions_and_what_they_know(tmp_path: Path) -> None:
    specs = tmp_path / "specs"
    (specs / "pots").mkdir(parents=True)
    saved(tmp_path / "open", "1.0.0", spec())
    saved(tmp_path / "open", "1.1.2", spec(colour=True, kinds=("red",)))
    saved(tmp_path / "open", "1.2.0", spec(colour=True, kinds=("red", "blue")))
    cloud = saved(tmp_path, "1.2.0", spec())
    corpora = history.corpora([[f"home={tmp_path / 'open'}"], [f"the.cloud={cloud}"]], [])
    found = history.write("pots", corpora, specs=specs)
    assert documents.load(specs / "pots" / "releases.yaml") == {
        "editions": {
            "home": {
                "releases": ["1.0.0", "1.1.2", "1.2.0"],
                "parameters": {PARAMETER: "since 1.1.2"},
                "values": {f"{PARAMETER}=blue": "since 1.2.0"},
            },
            "the.cloud": {"releases": ["1.2.0"], "parameters": {PARAMETER: "never"}},
        }
    }
    assert releases.load(specs / "pots") == found


def test_a_document_that_knows_less_counts_for_its_names_only(tmp_path: Path) -> None:
    specs = tmp_path / "specs"
    (specs / "pots").mkdir(parents=True)
    own = [
        saved(tmp_path, "1.0.0", spec(colour=True, kinds=("red",))),
        saved(tmp_path, "1.1.0", spec(colour=True, kinds=("red", "blue"))),
    ]
    recovered = saved(tmp_path, "1.2.0", spec(colour=True, kinds=("green",)))
    recovered_without = saved(tmp_path, "1.3.0", spec())
    corpora = {releases.ONLY: Corpus(documents=tuple(own), names=(recovered, recovered_without))}
    history.write("pots", corpora, specs=specs)
    assert documents.load(specs / "pots" / "releases.yaml")["editions"]["server"] == {
        "releases": ["1.0.0", "1.1.0", "1.2.0", "1.3.0"],
        "names": ["1.2.0", "1.3.0"],
        "parameters": {PARAMETER: "until 1.2.0"},
        "values": {f"{PARAMETER}=blue": "since 1.1.0"},
    }


def test_no_releases(tmp_path: Path) -> None:
    with pytest.raises(GeneratorError, match="no specs in this folder; expected files such as"):
        history.write("cvat", {"server": Corpus(documents=(tmp_path,))})


def test_two_documents_of_one_release(tmp_path: Path) -> None:
    one, other = saved(tmp_path / "a", "1.0.0", spec()), saved(tmp_path / "b", "1.0.0", spec())
    with pytest.raises(GeneratorError, match=r"are of one release; leave one out$"):
        history.write("cvat", {"server": Corpus(documents=(one,), names=(other,))})


def test_a_file_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(GeneratorError, match=r"9\.9\.9\.json: No such file or directory$"):
        history.write("cvat", {"server": Corpus(documents=(tmp_path / "9.9.9.json",))})


def test_broken_release(tmp_path: Path) -> None:
    path = saved(tmp_path, "1.0.0", {"openapi": "2.0"})
    with pytest.raises(GeneratorError, match=r"1\.0\.0\.json: expected an OpenAPI 3\.0"):
        history.write("ecotaxa", {"server": Corpus(documents=(path,))})


def test_the_command_needs_a_corpus(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        __main__.main(["history", "cvat"])
    assert caught.value.code == 2
    assert "--corpus is missing: the contracts of the releases" in capsys.readouterr().err


@needs_shared
@pytest.mark.slow
@pytest.mark.parametrize("platform", ["cvat", "tator"])
def test_the_files_are_what_the_corpora_give(platform: str, tmp_path: Path) -> None:
    upstream = sorted((SHARED / "upstream" / platform).iterdir())
    corpora = {
        "cvat": {
            "open-source": Corpus(documents=(SHARED / "recovered" / "cvat-open-source",)),
            "app.cvat.ai": Corpus(documents=tuple(p for p in upstream if p.suffix == ".json")),
        },
        "tator": {
            releases.ONLY: Corpus(
                documents=tuple(upstream), names=(SHARED / "recovered/tator/1.6.14.yaml",)
            )
        },
    }
    (tmp_path / platform).mkdir()
    history.write(platform, corpora[platform], specs=tmp_path)
    own = effective.SPECS / platform / releases.NAME
    assert (tmp_path / platform / releases.NAME).read_bytes() == own.read_bytes()
    assert own.stat().st_size < 64 * 1024
