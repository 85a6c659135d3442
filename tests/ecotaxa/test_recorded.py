"""Tables that a real EcoTaxa imported, refused or exported, read by our rules."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from annoport import ecotaxa
from annoport.ecotaxa.taxon_names import chosen
from annoport.testing.images import png
from tests.shared import SHARED, needs_shared

pytestmark = needs_shared
RECORDED = SHARED / "truth" / "ecotaxa"
_REFUSED_FOR_THE_PROJECT = "is already in EcoTaxa"
_LINE = re.compile(r"line (\d+)")


def steps(name: str) -> list[dict[str, Any]]:
    if not SHARED.is_dir():
        return []
    lines = (RECORDED / name).read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def imports() -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Each table that was sent, with its job as the server left it first."""
    found = steps("eco-import.jsonl")
    jobs = {one["step"].removesuffix(": job"): one["job"] for one in found if "job" in one}
    return [(one, jobs[one["step"]]) for one in found if "tsv" in one and one["step"] in jobs]


@pytest.mark.parametrize(("sent", "job"), imports(), ids=lambda one: one.get("step", ""))
def test_a_folder_is_refused_where_the_server_refuses_it(
    tmp_path: Path, sent: dict[str, Any], job: dict[str, Any]
) -> None:
    for member in sent["members"]:
        path = tmp_path / member
        path.parent.mkdir(exist_ok=True)
        if member.endswith(".tsv"):
            path.write_text(sent["tsv"], encoding=sent["tsv_encoding"])
        else:
            path.write_bytes(png(4, 4))
    errors: list[str] = job["errors"]
    refused = job["state"] == "E" and _REFUSED_FOR_THE_PROJECT not in "".join(errors)
    found = ecotaxa.check_bundle(tmp_path)
    assert bool(found.problems) == refused, found.problems
    told = {int(number) for error in errors for number in _LINE.findall(error)}
    if len(told) > 1:
        assert {problem.line for problem in found.problems} == told
    assert bool(found.notes) == (sent["tsv_encoding"] == "utf-8" and not sent["tsv"].isascii())
    assert {name.lower() for name in found.users} >= set(job["question"].get("missing_users", ()))


def exported() -> list[tuple[str, dict[str, Any]]]:
    if not SHARED.is_dir():
        return []
    exports: list[dict[str, Any]] = json.loads((RECORDED / "eco-exports.json").read_text("utf-8"))
    return [
        (one["kind"], table)
        for one in exports
        for name, table in one.get("tables", {}).items()
        if name.endswith(".tsv")
    ]


@pytest.mark.parametrize(("kind", "table"), exported())
def test_tables_of_exports_are_read(tmp_path: Path, kind: str, table: dict[str, Any]) -> None:
    path = tmp_path / "ecotaxa_x.tsv"
    lines = ["\t".join(cells) for cells in table["first_lines"]]
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8-sig")
    found = ecotaxa.read_tsv(path)
    names = [cell.strip('"') for cell in table["first_lines"][0]]
    assert found.column_names == names
    typed = table["first_lines"][1][0] == '"[t]"'
    assert found.num_rows == len(lines) - 1 - typed, kind
    if typed:
        kinds = [str(field.type) for field in found.schema]
        wanted = [{'"[t]"': "string", '"[f]"': "double"}[one] for one in table["first_lines"][1]]
        assert kinds == wanted
    again = ecotaxa.read_tsv(_written(found, path)) if kind == "backup" else found
    assert again.equals(found)


def _written(table: Any, path: Path) -> Path:
    return ecotaxa.write_tsv(table, path)


@pytest.mark.parametrize(
    ("query", "name", "expected"),
    [
        ("Copepoda", "copepoda", 25828),
        ("egg", "egg<other", 85078),
        ("egg", "egg", None),
        ("other", "other<dead", 99999),
        ("cope", "cope", None),
    ],
)
def test_taxa_are_found_by_name(query: str, name: str, expected: int | None) -> None:
    [step] = [one for one in steps("eco-taxa.jsonl") if one["step"] == f"search '{query}'"]
    found = [ecotaxa.models.TaxaSearchRsp(**row) for row in step["answer"]]
    assert chosen(name, found).number == expected
