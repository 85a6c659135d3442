"""`annoport demo`: an export from each platform, all of them fakes on this machine.

It needs the `testing` extra and the three generated packages; the `progress` extra adds a progress
bar. Each function does what a script would do with a real server.
"""

from __future__ import annotations

import itertools
import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final, TypedDict

from annoport import cvat, ecotaxa, tator, testing


class _Settings(TypedDict):
    job_seconds: float
    export_bytes: int
    bytes_per_second: int


_MIB = 1024 * 1024
_SETTINGS: Final[_Settings] = {
    "job_seconds": 1.0,
    "export_bytes": 12 * _MIB,
    "bytes_per_second": 8 * _MIB,
}
_MARK = ".made-by-the-annoport-demo"
_ROWS = 3
_SHOWN_PATHS = 8
_ROW_WIDTH = 90


def run(output: Path) -> None:
    """Export from the three fakes into folders below `output`.

    What an earlier demo left there is removed first.

    Args:
        output: The folder to make.

    Raises:
        FileExistsError: The folder is in use, and not by an earlier demo.
    """
    _make_anew(output)
    place = output.resolve()
    _say("Exporting from fake EcoTaxa, Tator and CVAT servers, which run on this machine.")
    size = _SETTINGS["export_bytes"] // _MIB
    _say(f"A padding.bin makes each export {size} MiB large, so that its download takes a while.")
    _say(f"The files go to {place}")
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
        _say(f"   done in {time.monotonic() - begun:.1f} s")
    _say(f"\nThe zip files, and what was in them, are in {place}")


def _make_anew(output: Path) -> None:
    mark = output / _MARK
    if mark.is_file():
        shutil.rmtree(output)
    elif output.exists() and not (output.is_dir() and not any(output.iterdir())):
        raise FileExistsError(
            f"{output} is in use, and not by an earlier demo: name another folder with --output"
        )
    output.mkdir(parents=True, exist_ok=True)
    mark.touch()


def _export_ecotaxa(folder: Path) -> None:
    with (
        testing.serve("ecotaxa", **_SETTINGS) as server,
        ecotaxa.Client(server.url, username=server.username, password=server.password) as client,
    ):
        _say(f"   logged in as {client.users.show_current_user().name}")
        project = next(iter(client.projects.search()))
        _say(f"   exporting project {project.projid} ({project.title!r}) as TSV with its images")
        client.objects.download_general(
            folder,
            body={
                "filters": {},
                "request": {"project_id": project.projid, "split_by": "none", "with_images": "all"},
            },
            progress=True,
            extract_to=folder / "files",
        )


def _export_tator(folder: Path) -> None:
    with (
        testing.serve("tator", **_SETTINGS) as server,
        tator.Client(server.url, username=server.username, password=server.password) as client,
    ):
        _say(f"   logged in as {client.users.whoami().username}")
        media = [medium.id for medium in client.media.list(1)]
        _say(f"   exporting {len(media)} images and videos of project 1 as COCO")
        client.jobs.download_results(
            1,
            folder,
            body={"algorithm_name": "Export COCO", "media_ids": media},
            progress=True,
            extract_to=folder / "files",
        )


def _export_cvat(folder: Path) -> None:
    with (
        testing.serve("cvat", **_SETTINGS) as server,
        cvat.Client(server.url, username=server.username, password=server.password) as client,
    ):
        _say(f"   logged in as {client.users.retrieve_self().username}")
        task = next(task for task in client.tasks.list() if task.size)
        _say(f"   exporting task {task.id} ({task.name!r}) as COCO with its images")
        client.tasks.download_dataset(
            task.id,
            folder,
            format="COCO 1.0",
            save_images=True,
            progress=True,
            extract_to=folder / "files",
        )


def _show(folder: Path) -> None:
    """Print the tree of a folder, and the first rows of the table or document in it."""
    paths = sorted(folder.rglob("*"))
    for path in paths[:_SHOWN_PATHS]:
        depth = len(path.relative_to(folder).parts)
        size = "" if path.is_dir() else f"  {path.stat().st_size:,} bytes"
        _say(f"   {'  ' * depth}{path.name}{'/' if path.is_dir() else ''}{size}")
    if len(paths) > _SHOWN_PATHS:
        _say(f"     ... and {len(paths) - _SHOWN_PATHS} more")
    document = next(path for path in paths if path.suffix in {".tsv", ".json"})
    _say(f"   {document.name} begins with:")
    for row in itertools.islice(_rows(document), _ROWS):
        _say(f"   | {row if len(row) <= _ROW_WIDTH else f'{row[:_ROW_WIDTH]} ...'}")


def _rows(path: Path) -> Iterator[str]:
    """Yield the lines of a table, or the annotations of a COCO document."""
    text = path.read_text(encoding="utf-8-sig")
    if path.suffix == ".json":
        yield from (json.dumps(annotation) for annotation in json.loads(text)["annotations"])
    else:
        yield from (line.replace("\t", "  ") for line in text.splitlines())


def _say(text: str) -> None:
    print(text, flush=True)
