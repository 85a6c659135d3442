"""Files that the fake EcoTaxa makes: TSV and images in a zip, and summaries."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from annoport.testing.ecotaxa.answers import Json
from annoport.testing.ecotaxa.background import CrashedError, Done, Job
from annoport.testing.ecotaxa.filters import DatabaseError, choose
from annoport.testing.ecotaxa.state import Project, Sample, State, Thing
from annoport.testing.payloads import Payload, pad, zip_payload

_STATUS = {"V": "validated", "P": "predicted", "D": "dubious", None: ""}
_KINDS = {"abundance": "ABO", "concentration": "CNC", "biovolume": "BIV"}
Line: TypeAlias = tuple[Thing, int]
"""An object and the rank of the image that the line is about."""
Column: TypeAlias = tuple[str, str, Callable[[Line], object]]
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
    only = bool(wanted.get("only_annotations"))  # it ignores how to split, and images
    by, images = ("none", "none") if only else (wanted["split_by"], wanted["with_images"])
    types = only or wanted["with_types_row"]
    files: list[tuple[str, bytes]] = []
    for group, members in _split(state, things, by).items():
        folder = group or name.removesuffix(".zip")
        lines = [
            (thing, rank)
            for thing in members
            for rank in range(len(thing.pictures) if images == "all" else 1)
        ]
        columns = _columns(state, projects, wanted, f"{folder}/")
        files.append((f"ecotaxa_{folder}.tsv", _tsv(columns, lines, types=types)))
        if images in ("all", "first"):
            files += _images(folder, lines)
    job.write("API_operations.exports.ForProject", f"{len(things)} objects")
    files.append((f"job_{job.id}.log", "".join(job.log).encode()))
    payload = zip_payload(files, pad_to=pad_to, seed=seed)
    result = {"rowcount": len(things), "out_file": name}
    return Done(result=result, payload=payload, filename=name)


def _images(folder: str, lines: Sequence[Line]) -> list[tuple[str, bytes]]:
    pictures = [thing.pictures[rank] for thing, rank in lines]
    return [*{f"{folder}/{picture.name}": picture.content for picture in pictures}.items()]


def _split(state: State, things: Sequence[Thing], by: str) -> dict[str, list[Thing]]:
    groups: dict[str, list[Thing]] = {}
    for thing in things:
        key = {
            "sample": thing.sample.orig_id,
            "acquisition": f"acq_{thing.sample.orig_id}",
            "taxon": state.display_name(thing.taxon) or "None",
        }.get(by, "")
        groups.setdefault(key, []).append(thing)
    return groups


def _columns(
    state: State, projects: Sequence[Project], wanted: Json, folder: str, *, backup: bool = False
) -> list[Column]:
    if wanted.get("only_annotations"):
        return [_OBJECT_ID, *_annotation_columns(state, plain=True), _category_id()]
    columns = _image_columns(folder) if wanted.get("with_images", "none") != "none" else []
    columns += [_OBJECT_ID, *_object_columns(plain=backup)]
    columns += _annotation_columns(state, plain=backup)
    columns.append(_category_id() if backup else _hierarchy_column(state))
    if not (backup or wanted.get("with_internal_ids")):
        columns.append(("complement_info", "t", lambda _: ""))
    columns += _free_columns(projects)
    return [*columns, *_internal_columns()] if wanted.get("with_internal_ids") else columns


def _image_columns(folder: str) -> list[Column]:
    return [
        ("img_file_name", "t", lambda line: f"{folder}{line[0].pictures[line[1]].name}"),
        ("img_rank", "t", lambda line: line[1]),
    ]


_OBJECT_ID: Column = ("object_id", "t", lambda line: line[0].orig_id)


def _object_columns(*, plain: bool) -> list[Column]:
    return [
        ("object_lat", "f", lambda line: line[0].sample.latitude),
        ("object_lon", "f", lambda line: line[0].sample.longitude),
        ("object_date", "t", lambda line: _moment(line[0].date, plain=plain)),
        ("object_time", "t", lambda line: _moment(line[0].time, plain=plain)),
        ("object_link", "t", lambda _: ""),
        ("object_depth_min", "f", lambda line: line[0].depth_min),
        ("object_depth_max", "f", lambda line: line[0].depth_max),
    ]


def _moment(text: str, *, plain: bool) -> str:
    """Return a date or time with signs between its parts, or as imports take it, without."""
    return text.replace("-", "").replace(":", "") if plain else text


def _annotation_columns(state: State, *, plain: bool) -> list[Column]:
    def when(line: Line) -> str:
        thing = line[0]
        return thing.classified or "" if thing.annotator else ""

    return [
        ("object_annotation_status", "t", lambda line: _STATUS[line[0].status]),
        ("object_annotation_person_name", "t", lambda line: _who(line).get("name", "")),
        ("object_annotation_person_email", "t", lambda line: _who(line).get("email", "")),
        ("object_annotation_date", "t", lambda line: _moment(when(line)[:10], plain=plain)),
        ("object_annotation_time", "t", lambda line: _moment(when(line)[11:19], plain=plain)),
        ("object_annotation_category", "t", lambda line: state.display_name(line[0].taxon)),
    ]


def _who(line: Line) -> Json:
    return line[0].annotator.minimal() if line[0].annotator else {}


def _category_id() -> Column:
    return ("object_annotation_category_id", "t", lambda line: _whole(line[0].taxon))


def _hierarchy_column(state: State) -> Column:
    def hierarchy(line: Line) -> str:
        return ">".join(taxon.name for taxon in reversed(state.lineage(line[0].taxon or 0)))

    return ("object_annotation_hierarchy", "t", hierarchy)


def _free_columns(projects: Sequence[Project]) -> list[Column]:
    """Return the columns of objects, samples, processes and acquisitions, in this order."""

    def names(read: Callable[[Project], Iterable[str]]) -> list[str]:
        return list(dict.fromkeys(name for project in projects for name in read(project)))

    return [
        *((f"object_{n}", "f", _free(n)) for n in names(lambda project: project.free_columns)),
        *((f"object_{n}", "t", _text(n)) for n in names(lambda project: project.free_texts)),
        ("sample_id", "t", lambda line: line[0].sample.orig_id),
        ("sample_dataportal_descriptor", "t", lambda _: ""),
        *_of_sample("sample_", names(lambda one: one.sample_columns), lambda one: one.free),
        ("process_id", "t", lambda line: f"process_{line[0].sample.orig_id}"),
        *_of_sample(
            "process_", names(lambda one: one.process_columns), lambda one: one.process_free
        ),
        ("acq_id", "t", lambda line: f"acq_{line[0].sample.orig_id}"),
        ("acq_instrument", "t", lambda _: ""),
        *_of_sample(
            "acq_", names(lambda one: one.acquisition_columns), lambda one: one.acquisition_free
        ),
    ]


def _of_sample(prefix: str, names: Iterable[str], values: Callable[[Sample], Json]) -> list[Column]:
    def read(name: str) -> Callable[[Line], object]:
        return lambda line: values(line[0].sample).get(name, "")

    return [(f"{prefix}{name}", "t", read(name)) for name in names]


def _internal_columns() -> list[Column]:
    return [
        ("objid", "t", lambda line: _Whole(line[0].id)),
        ("processid_internal", "t", lambda line: _Whole(line[0].sample.acquisition_id)),
        ("acq_id_internal", "t", lambda line: _Whole(line[0].sample.acquisition_id)),
        ("sample_id_internal", "t", lambda line: _Whole(line[0].sample.id)),
        ("classif_id", "t", lambda line: _whole(line[0].taxon)),
        ("classif_who", "t", lambda line: _whole(_who(line).get("id"))),
    ]


class _Whole(int):
    """A whole number, which stands in a column of texts without quotation marks."""


def _whole(number: int | None) -> object:
    return "" if number is None else _Whole(number)


def _free(name: str) -> Callable[[Line], object]:
    return lambda line: line[0].free.get(name, "")


def _text(name: str) -> Callable[[Line], object]:
    return lambda line: line[0].texts.get(name, "")


def _tsv(columns: Sequence[Column], lines: Sequence[Line], *, types: bool) -> bytes:
    """Return a table: text cells are quoted, as the names are."""
    rows = [[_quoted(name) for name, _, _ in columns]]
    if types:
        rows.append([_quoted(f"[{kind}]") for _, kind, _ in columns])
    rows += [[_quoted(value(line)) for _, _, value in columns] for line in lines]
    return ("\ufeff" + "".join("\t".join(row) + "\n" for row in rows)).encode()


def _quoted(value: object) -> str:
    if isinstance(value, int | float):
        return str(value)
    text = str(value).replace('"', '""')
    return f'"{text}"'


def backup(state: State, job: Job, projects: Sequence[Project], *, pad_to: int, seed: str) -> Done:
    """Make the zip of a backup, a folder for each sample, which can be imported again."""
    things = chosen(state, projects, job.params["filters"])
    if len(projects) > 1:
        return Done(result={"rowcount": len(things)})
    columns = _columns(state, projects, {"with_images": "all"}, "", backup=True)
    files: list[tuple[str, bytes]] = []
    for group, members in _split(state, things, "sample").items():
        lines = [(thing, rank) for thing in members for rank in range(len(thing.pictures))]
        files.append((f"{group}/ecotaxa_{group}.tsv", _tsv(columns, lines, types=True)))
        files += _images(group, lines)
    files.append((f"job_{job.id}.log", "".join(job.log).encode()))
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
