"""Files that the fake EcoTaxa makes: TSV and images in a zip, and summaries."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from typing import TypeAlias

from annoport.testing.ecotaxa.answers import Json
from annoport.testing.ecotaxa.background import CrashedError, Done, Job
from annoport.testing.ecotaxa.filters import DatabaseError, choose
from annoport.testing.ecotaxa.state import Project, State, Thing
from annoport.testing.payloads import Payload, pad, zip_payload

_STATUS = {"V": "validated", "P": "predicted", "D": "dubious", None: ""}
_KINDS = {"abundance": "ABO", "concentration": "CNC", "biovolume": "BIV"}
Column: TypeAlias = tuple[str, str, Callable[[Thing], object]]
"""Name, kind ("t"ext or "f"loat) and value of a column."""


def chosen(state: State, projects: Sequence[Project], filters: Json) -> list[Thing]:
    """Return the objects to export; CrashedError for an invalid filter."""
    things = [thing for project in projects for thing in state.things_of(project.id)]
    try:
        return choose(state, things, filters)
    except ValueError as error:
        raise CrashedError(type(error).__name__, str(error)) from None
    except DatabaseError as error:
        kind, _, text = str(error).partition(": ")
        raise CrashedError(kind, text) from None


def file_name(kind: str, projects: Sequence[Project], suffix: str) -> str:
    """Return the server's name for an export; exports of the same minute share it."""
    ids = "_".join(str(project.id) for project in projects)
    moment = datetime.datetime.now(datetime.UTC).strftime("%Y%m%d_%H%M")
    return f"export__{kind}_{ids}_{moment}.{suffix}"


def general(state: State, job: Job, projects: Sequence[Project], *, pad_to: int, seed: str) -> Done:
    """Make the zip of a general export."""
    wanted: Json = job.params["req"]
    things = chosen(state, projects, job.params["filters"])
    name = file_name("TSV", projects, "zip")
    columns = _columns(state, projects, wanted)
    files: list[tuple[str, bytes]] = []
    for group, members in _split(state, things, wanted["split_by"]).items():
        stem = f"ecotaxa_{group or name.removesuffix('.zip')}.tsv"
        images = members if wanted["with_images"] in ("all", "first") else []
        folder = f"{group}/" if group else ""
        files.append((stem, _tsv(columns, members, types=wanted["with_types_row"])))
        files += [(f"{folder}{thing.image_name}", thing.image) for thing in images]
    job.write("API_operations.exports.ForProject", f"{len(things)} objects")
    files.append((f"job_{job.id}.log", "".join(job.log).encode()))
    payload = zip_payload(files, pad_to=pad_to, seed=seed)
    result = {"rowcount": len(things), "out_file": name}
    return Done(result=result, payload=payload, filename=name)


def _split(state: State, things: Sequence[Thing], by: str) -> dict[str, list[Thing]]:
    groups: dict[str, list[Thing]] = {}
    for thing in things:
        key = {
            "sample": thing.sample.orig_id,
            "acquisition": f"acq_{thing.sample.orig_id}",
            "taxon": state.display_name(thing.taxon),
        }.get(by, "")
        groups.setdefault(key, []).append(thing)
    return groups


def _columns(state: State, projects: Sequence[Project], wanted: Json) -> list[Column]:
    columns = [*_object_columns(), *_annotation_columns(state)]
    if not wanted.get("only_annotations"):
        names = dict.fromkeys(name for project in projects for name in project.free_columns)
        columns.extend((f"object_{name}", "f", _free(name)) for name in names)
        columns.extend(
            [
                ("sample_id", "t", lambda thing: thing.sample.orig_id),
                ("acq_id", "t", lambda thing: f"acq_{thing.sample.orig_id}"),
            ]
        )
    if wanted.get("with_images", "none") != "none":
        columns.extend(
            [("img_file_name", "t", lambda thing: thing.image_name), ("img_rank", "f", lambda _: 0)]
        )
    if wanted.get("with_internal_ids"):
        columns.extend(
            [
                ("object_internal_id", "f", lambda thing: thing.id),
                ("sample_internal_id", "f", lambda thing: thing.sample.id),
                ("acq_internal_id", "f", lambda thing: thing.sample.acquisition_id),
            ]
        )
    return columns


def _object_columns() -> list[Column]:
    return [
        ("object_id", "t", lambda thing: thing.orig_id),
        ("object_lat", "f", lambda thing: thing.sample.latitude),
        ("object_lon", "f", lambda thing: thing.sample.longitude),
        ("object_date", "t", lambda thing: thing.date),
        ("object_time", "t", lambda thing: thing.time),
        ("object_link", "t", lambda _: ""),
        ("object_depth_min", "f", lambda thing: thing.depth_min),
        ("object_depth_max", "f", lambda thing: thing.depth_max),
    ]


def _annotation_columns(state: State) -> list[Column]:
    return [
        ("object_annotation_status", "t", lambda thing: _STATUS[thing.status]),
        (
            "object_annotation_person_name",
            "t",
            lambda thing: thing.annotator.name if thing.annotator else "",
        ),
        (
            "object_annotation_person_email",
            "t",
            lambda thing: thing.annotator.email if thing.annotator else "",
        ),
        ("object_annotation_date", "t", lambda thing: (thing.classified or "")[:10]),
        ("object_annotation_time", "t", lambda thing: (thing.classified or "")[11:19]),
        ("object_annotation_category", "t", lambda thing: state.display_name(thing.taxon)),
        ("object_annotation_hierarchy", "t", lambda thing: _hierarchy(state, thing)),
    ]


def _hierarchy(state: State, thing: Thing) -> str:
    return ">".join(taxon.name for taxon in reversed(state.lineage(thing.taxon or 0)))


def _free(name: str) -> Callable[[Thing], object]:
    return lambda thing: thing.free.get(name, "")


def _tsv(columns: Sequence[Column], things: Sequence[Thing], *, types: bool) -> bytes:
    rows = ["\t".join(name for name, _, _ in columns)]
    if types:
        rows.append("\t".join(f"[{kind}]" for _, kind, _ in columns))
    rows += ["\t".join(str(value(thing)) for _, _, value in columns) for thing in things]
    return ("\ufeff" + "".join(f"{row}\n" for row in rows)).encode()


def backup(state: State, job: Job, projects: Sequence[Project], *, pad_to: int, seed: str) -> Done:
    """Make the zip of a backup, a folder for each sample, which can be imported again."""
    things = chosen(state, projects, job.params["filters"])
    if len(projects) > 1:
        return Done(result={"rowcount": len(things)})
    columns = _columns(state, projects, {"with_images": "all"})
    files: list[tuple[str, bytes]] = []
    for group, members in _split(state, things, "sample").items():
        files.append((f"{group}/ecotaxa_{group}.tsv", _tsv(columns, members, types=True)))
        files += [(f"{group}/{thing.image_name}", thing.image) for thing in members]
    name = file_name("BAK", projects, "zip")
    result = {"rowcount": len(things), "out_file": name}
    payload = zip_payload(files, pad_to=pad_to, seed=seed)
    return Done(result=result, payload=payload, filename=name)


def summary(state: State, job: Job, projects: Sequence[Project], *, pad_to: int) -> Done:
    """Make the TSV of a summary; like the real server, fail for a project without variables."""
    things = chosen(state, projects, job.params["filters"])
    if any(project.bodc_variables is None for project in projects):
        kind = "AssertionError"
        raise CrashedError(kind, "")
    if any(thing.taxon is None for thing in things):
        kind = "TypeError"
        raise CrashedError(kind, "'<' not supported between instances of 'NoneType' and 'str'")
    wanted: Json = job.params["req"]
    quantity, by = wanted["quantity"], wanted["summarise_by"]
    value = "count" if quantity == "abundance" else quantity
    keys = {"sample": ["sampleid"], "acquisition": ["sampleid", "acquisid"]}.get(by, [])
    lines = ["\t".join([*keys, "status", "taxonid", value]) + "\n"]
    for (place, status, taxon), count in sorted(_counts(state, things, by).items()):
        amount = count if quantity == "abundance" else count / 100
        lines.append("\t".join([*place, status, taxon, f"{amount:g}"]) + "\n")
    name = file_name(_KINDS[quantity], projects, "tsv")
    payload: Payload = pad("".join(lines).encode(), pad_to=pad_to, line=lines[-1].encode())
    return Done(result={"rowcount": 0, "out_file": name}, payload=payload, filename=name)


def _counts(
    state: State, things: Sequence[Thing], by: str
) -> dict[tuple[tuple[str, ...], str, str], int]:
    counts: dict[tuple[tuple[str, ...], str, str], int] = {}
    for thing in things:
        sample = thing.sample.orig_id
        place = {"sample": (sample,), "acquisition": (sample, f"acq_{sample}")}.get(by, ())
        key = (place, thing.status or "", state.display_name(thing.taxon))
        counts[key] = counts.get(key, 0) + 1
    return counts
