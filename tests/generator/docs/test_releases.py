"""The tables of releases and editions say what calls are checked against."""

from __future__ import annotations

import copy

from generator.docs import releases
from generator.spec.releases import Edition
from tests.generator import sample_spec

BLOCK = "# Page\n\n```{releases}\n```\n"


def test_tables_of_a_platform() -> None:
    spec = copy.deepcopy(sample_spec.SPEC)
    pots, pot = spec["paths"]["/pots"]["get"], spec["components"]["schemas"]["Pot"]["properties"]
    checked = {"x-annoport-checked": True}
    spec["paths"]["/pots/{id}"]["get"] |= {"x-annoport-since": "2.1", **checked}
    pots["parameters"] += [
        {
            "name": "lid-size",
            "in": "query",
            "schema": {"type": "string"},
            "x-annoport-removed": "2.2",
            **checked,
        },
        {"name": "told", "in": "query", "schema": {"type": "string"}, "x-annoport-since": "2.9"},
        {
            "name": "colour",
            "in": "query",
            "schema": {
                "type": "string",
                "enum": ["red", "blue"],
                "x-annoport-values": {"red": {"since": "2.10"}},
            },
        },
    ]
    pot["lid-size"] |= {"x-annoport-gaps": [["2.1", "2.2"]], **checked}
    spec["paths"]["/pots"]["post"] |= {"x-annoport-edition": "the | kiln only"}
    package = sample_spec.built(spec)
    known = {
        "open-source": Edition(releases=("2.0.0", "2.1.0", "2.2.0")),
        "kiln": Edition(releases=tuple(f"2.{n}.0" for n in range(11))),
    }
    platform = releases.Platform(package=package, spec=spec, known=known)
    text = releases.expand(BLOCK, [platform])
    names = {
        operation.id: f"{resource.name}.{operation.name}"
        for resource in package.resources
        for operation in resource.operations
    }
    one, listed = (
        f"[`client.{names[name]}`](#sample.{names[name]})"
        for name in ("pots_retrieve", "pots_list")
    )
    made = f"[`client.{names['pots_cook']}`](#sample.{names['pots_cook']})"
    pot_place = "[`Pot`](#sample.models.Pot)"
    assert text == (
        "# Page\n\n"
        "| server | releases that were looked at |\n|---|---|\n"
        "| Sample, open source | 2\\.0.0, 2.1.0, 2.2.0 |\n"
        "| Sample, kiln | 11 from 2.0.0 to 2.10.0 |\n\n"
        "## What came and went in Sample\n\n"
        "| release | came | went |\n|---|---|---|\n"
        f"| 2.10 | `'red'` for `colour` of {listed} |  |\n"
        f"| 2.2 | `lid-size` of {pot_place} | `lid_size` of {listed} |\n"
        f"| 2.1 | {one} | `lid-size` of {pot_place} |\n\n"
        "## What only some editions of Sample have\n\n"
        "| editions | methods |\n|---|---|\n"
        f"| the \\| kiln only | {made} |\n"
    )


def test_a_platform_of_which_no_release_is_known_has_no_table() -> None:
    package = sample_spec.built(copy.deepcopy(sample_spec.SPEC))
    platform = releases.Platform(package=package, spec=sample_spec.SPEC, known={})
    assert "Sample" not in releases.expand(BLOCK, [platform])
