"""What the templates make of a package."""

from __future__ import annotations

from typing import Any

import pytest

from generator.errors import GeneratorError
from generator.output.render import files
from tests.generator.sample_spec import SPEC, built, spoilt

CLIENT = "annoport_sample/_client.py"
RESOURCES = {"pots": "Pots and what is in them"}


def test_a_resource_says_what_it_is_about() -> None:
    pages = files(built(spoilt("$", {"x-annoport-resources": RESOURCES})))
    resource = pages["annoport_sample/resources/pots.py"]
    assert '"""Pots and what is in them: `client.pots`, 3 operations."""' in resource
    client = pages["annoport_sample/_client.py"]
    assert '"""Pots and what is in them: 3 operations."""' in client


def test_without_words_it_says_what_it_is_called() -> None:
    pages = files(built(SPEC))
    assert '"""`client.pots`: 3 operations."""' in pages["annoport_sample/resources/pots.py"]
    assert '"""3 operations."""' in pages["annoport_sample/_client.py"]


def test_words_about_a_resource_that_does_not_exist_are_an_error() -> None:
    words = RESOURCES | {"pans": "Pans"}
    with pytest.raises(GeneratorError, match="x-annoport-resources: no resource is called pans"):
        built(spoilt("$", {"x-annoport-resources": words}))


def test_a_client_knows_what_all_paths_begin_with() -> None:
    paths: dict[str, Any] = SPEC["paths"]
    below = {f"/rest{path}": item for path, item in paths.items()}
    assert "_path_prefix = '/rest'" in files(built({**SPEC, "paths": below}))[CLIENT]
    ping = {"get": {"operationId": "ping", "responses": {"204": {"description": ""}}}}
    for others in (paths, {**below, "/ping": ping}):  # one of `paths` is /pots itself
        assert "_path_prefix" not in files(built({**SPEC, "paths": others}))[CLIENT]
