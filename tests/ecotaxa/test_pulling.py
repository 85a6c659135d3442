"""Projects to be exported, as a plan for a batch."""

from __future__ import annotations

import functools
import pickle
import zipfile
from pathlib import Path
from typing import Any

import pytest

from annoport import batches, ecotaxa
from annoport.errors import InvalidArgumentError
from annoport.filters import F
from tests.ecotaxa.conftest import Server


def test_projects_are_exported_and_not_twice(server: Server, tmp_path: Path) -> None:
    connect = functools.partial(ecotaxa.Client, server.url, token=server.token)
    with connect() as client:
        plan = ecotaxa.pull(client.projects.list(), "eco", with_images="all")
    for _ in range(2):
        report = batches.run_exports(plan, connect=connect, to=tmp_path, progress=False)
        report.raise_failed()
    for number, images in ((1, 12), (2, 4)):
        [path] = (tmp_path / "eco" / f"project-{number}").glob("*.zip")
        with zipfile.ZipFile(path) as archive:
            assert sum(name.endswith(".png") for name in archive.namelist()) == images
    assert len(server.fake.jobs.all()) == len(plan) == 3


def test_a_plan_is_plain_data() -> None:
    condition = F["obj.classif_qual"] == "V"
    [item] = ecotaxa.pull([7], filters=condition, server="north")
    assert (item.call, item.name, item.server) == ("objects.download_general", "project-7", "north")
    assert item.keywords["body"] == {
        "filters": {"statusfilter": "V"},
        "request": {
            "project_id": 7,
            "split_by": "none",
            "with_images": "none",
            "with_types_row": True,
            "only_annotations": False,
            "with_internal_ids": True,
        },
    }
    assert pickle.loads(pickle.dumps(item)) == item
    [other] = ecotaxa.pull([7], filters=ecotaxa.models.ProjectFilters(taxo="5"))
    assert other.keywords["body"]["filters"] == {"taxo": "5"}
    [chosen] = ecotaxa.pull([7], taxa=[5, 6], children=False, status="V", filters={"samples": "3"})
    assert chosen.keywords["body"]["filters"] == {
        "samples": "3",
        "statusfilter": "V",
        "taxo": "5,6",
        "taxochild": "N",
    }
    assert ecotaxa.pull([]) == []


@pytest.mark.parametrize(
    ("projects", "options", "message"),
    [
        ([1, 1], {}, "project 1 comes twice"),
        (["one"], {}, "expected a project or its id, got 'one'"),
        ([1], {"with_images": "some"}, "with_images is 'some': expected 'none', 'first', 'all'"),
        (
            [1],
            {"taxa": ["Copepoda"]},
            (
                "taxa: 'Copepoda' is a name, and a plan asks no server: pass its id, or the taxon "
                "that taxa_named finds"
            ),
        ),
        ([1], {"filters": F["x"] == 1}, "export_object_set_general: $.filters: "),
    ],
)
def test_bad_input_is_told(projects: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        ecotaxa.pull(projects, **options)
    assert str(caught.value).startswith(message)
