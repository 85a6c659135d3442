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

import annoport_cvat
import annoport_ecotaxa
import annoport_tator
from annoport import testing
from annoport.tator import stored_file

_MIB = 1024 * 1024
_EXPORT_BYTES = 12 * _MIB
_BYTES_PER_SECOND = 8 * _MIB
_JOB_SECONDS = 1.0
_ROWS = 3
_SHOWN_PATHS = 10
_ROW_WIDTH = 100


def run(output: Path) -> None:
    """Export from the three fakes into folders below `output`, which is emptied first."""
    shutil.rmtree(output, ignore_errors=True)
    output.mkdir(parents=True)
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


def _export_ecotaxa(folder: Path) -> None:
    with (
        testing.serve(
            "ecotaxa",
            job_seconds=_JOB_SECONDS,
            export_bytes=_EXPORT_BYTES,
            bytes_per_second=_BYTES_PER_SECOND,
        ) as server,
        annoport_ecotaxa.Client(
            server.url, username=server.username, password=server.password
        ) as client,
    ):
        _say(f"   logged in as {client.users.show_current_user().name}")
        project = next(iter(client.projects.search_projects()))
        job = client.objects.export_object_set_general(
            body={
                "filters": {},
                "request": {"project_id": project.projid, "split_by": "none", "with_images": "all"},
            }
        )
        _say(f"   exporting project {project.projid} ({project.title!r}): job {job.id}")
        job.download(folder, progress=True, extract_to=folder / "files")


def _export_tator(folder: Path) -> None:
    with (
        testing.serve(
            "tator",
            job_seconds=_JOB_SECONDS,
            export_bytes=_EXPORT_BYTES,
            bytes_per_second=_BYTES_PER_SECOND,
        ) as server,
        annoport_tator.Client(
            server.url, username=server.username, password=server.password
        ) as client,
    ):
        _say(f"   logged in as {client.users.whoami().username}")
        media = [medium.id for medium in client.media.get_media_list(1)]
        [job] = client.jobs.create_job_list(
            1, body={"algorithm_name": "Export COCO", "media_ids": media}
        )
        _say(f"   exporting {len(media)} media of project 1: job {job.id}")
        job.wait(on_progress=lambda state: _say(f"   job {state.id}: {state.status}"))
        [made] = client.files.get_file_list(1, attribute=[f"job::{job.id}"])
        file = stored_file(client, 1, str(made.path), name=f"{made.name}")
        file.download(folder, progress=True, extract_to=folder / "files")


def _export_cvat(folder: Path) -> None:
    with (
        testing.serve(
            "cvat",
            job_seconds=_JOB_SECONDS,
            export_bytes=_EXPORT_BYTES,
            bytes_per_second=_BYTES_PER_SECOND,
        ) as server,
        annoport_cvat.Client(
            server.url, username=server.username, password=server.password
        ) as client,
    ):
        _say(f"   logged in as {client.users.retrieve_self().username}")
        task = next(task for task in client.tasks.list() if task.size)
        job = client.tasks.create_dataset_export(
            int(task.id or 0), format="COCO 1.0", save_images=True
        )
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
