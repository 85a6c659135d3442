"""`annoport demo`: an export arrives from each platform, all of them fakes on this machine.

It needs the `testing` extra and the three generated packages; a progress bar shows with the
`progress` extra. What each function does is what a script would do with a real server.
"""

from __future__ import annotations

import itertools
import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import annoport_cvat
import annoport_ecotaxa
import annoport_tator
from annoport import testing
from annoport.tator import stored_file

_MIB = 1024 * 1024
_SETTINGS: Final = {"job_seconds": 1.0, "export_bytes": 12 * _MIB, "bytes_per_second": 8 * _MIB}
_MARK = ".made-by-the-annoport-demo"
_ROWS = 3
_SHOWN_PATHS = 10
_ROW_WIDTH = 100


def run(output: Path) -> None:
    """Export from the three fakes into folders below `output`.

    What an earlier demo left there is removed first; any other folder in use is refused with a
    FileExistsError.
    """
    _make_anew(output)
    for title, export in (
        ("EcoTaxa", _export_ecotaxa),
        ("Tator", _export_tator),
        ("CVAT", _export_cvat),
    ):
        _say(f"\n== {title} ==")
        begun = time.monotonic()
        folder = output / title.lower()
        folder.mkdir()
        export(folder)
        _show(folder / "files")
        _say(f"   {title}: done in {time.monotonic() - begun:.1f} s")


def _make_anew(output: Path) -> None:
    mark = output / _MARK
    if mark.is_file():
        shutil.rmtree(output)
    elif output.exists() and not (output.is_dir() and not any(output.iterdir())):
        raise FileExistsError(f"{output} is in use and no earlier demo made it: choose another")
    output.mkdir(parents=True, exist_ok=True)
    mark.touch()


def _export_ecotaxa(folder: Path) -> None:
    with (
        testing.serve("ecotaxa", **_SETTINGS) as server,
        annoport_ecotaxa.Client(
            server.url, username=server.username, password=server.password
        ) as client,
    ):
        _say(f"   logged in as {client.users.show_current_user().name}")
        project = next(iter(client.projects.search()))
        job = client.objects.export_general(
            body={
                "filters": {},
                "request": {"project_id": project.projid, "split_by": "none", "with_images": "all"},
            }
        )
        _say(f"   exporting project {project.projid} ({project.title!r}): job {job.id}")
        job.download(folder, progress=True, extract_to=folder / "files")


def _export_tator(folder: Path) -> None:
    with (
        testing.serve("tator", **_SETTINGS) as server,
        annoport_tator.Client(
            server.url, username=server.username, password=server.password
        ) as client,
    ):
        _say(f"   logged in as {client.users.whoami().username}")
        media = [medium.id for medium in client.media.list(1)]
        [job] = client.jobs.create(1, body={"algorithm_name": "Export COCO", "media_ids": media})
        _say(f"   exporting {len(media)} media of project 1: job {job.id}")
        job.wait(on_progress=lambda state: _say(f"   job {state.id}: {state.status}"))
        [made] = client.files.list(1, attribute=[f"job::{job.id}"])
        file = stored_file(client, 1, str(made.path), name=f"{made.name}")
        file.download(folder, progress=True, extract_to=folder / "files")


def _export_cvat(folder: Path) -> None:
    with (
        testing.serve("cvat", **_SETTINGS) as server,
        annoport_cvat.Client(
            server.url, username=server.username, password=server.password
        ) as client,
    ):
        _say(f"   logged in as {client.users.retrieve_self().username}")
        task = next(task for task in client.tasks.list() if task.size)
        job = client.tasks.create_dataset_export(task.id, format="COCO 1.0", save_images=True)
        _say(f"   exporting task {task.id} ({task.name!r}): job {job.id}")
        job.download(folder, progress=True, extract_to=folder / "files")


def _show(folder: Path) -> None:
    """The tree of a folder, and the first rows of the first table or document in it."""
    paths = sorted(folder.rglob("*"))
    for path in paths[:_SHOWN_PATHS]:
        depth = len(path.relative_to(folder).parts)
        size = "" if path.is_dir() else f"  {path.stat().st_size:,} bytes"
        _say(f"   {'  ' * depth}{path.name}{'/' if path.is_dir() else ''}{size}")
    if len(paths) > _SHOWN_PATHS:
        _say(f"     ... and {len(paths) - _SHOWN_PATHS} more")
    document = next(path for path in paths if path.suffix in {".tsv", ".json"})
    for row in itertools.islice(_rows(document), _ROWS):
        _say(f"   | {row[:_ROW_WIDTH]}")


def _rows(path: Path) -> Iterator[str]:
    """The lines of a table, or the annotations of a COCO document."""
    text = path.read_text(encoding="utf-8-sig")
    if path.suffix == ".json":
        yield from (json.dumps(annotation) for annotation in json.loads(text)["annotations"])
    else:
        yield from text.splitlines()


def _say(text: str) -> None:
    print(text, flush=True)
