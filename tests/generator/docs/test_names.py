"""The table of what a platform's own documents call each operation."""

from __future__ import annotations

import copy

import pytest

from generator.docs import names
from generator.errors import GeneratorError
from tests.generator import sample_spec


def test_the_table_of_a_platform() -> None:
    spec = copy.deepcopy(sample_spec.SPEC)
    spec["paths"]["/pots/{id}"]["get"]["x-annoport-aliases"] = ["get_pot"]
    text = names.expand("# Page\n\n```{names} sample\n```\n", [sample_spec.built(spec)])
    assert text == (
        "# Page\n\n"
        "| theirs | annoport |\n|---|---|\n"
        "| `cook` | [`client.pots.cook`](#sample.pots.cook) |\n"
        "| `get_pot` | [`client.pots.retrieve`](#sample.pots.retrieve) |\n"
        "| `list` | [`client.pots.list`](#sample.pots.list) |\n"
    )


def test_a_platform_that_is_not_there_is_named() -> None:
    package = sample_spec.built(copy.deepcopy(sample_spec.SPEC))
    with pytest.raises(GeneratorError) as caught:
        names.expand("```{names} smaple\n```", [package])
    assert str(caught.value) == "No platform 'smaple' to list names of; there are sample"
