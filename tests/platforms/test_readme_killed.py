"""Each README's example, killed in its download and run again, ends with the right files."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import pytest

import annoport_cvat
import annoport_ecotaxa
from annoport import testing
from tests.shared import ROOT
from tests.systems import needs_interrupts

pytestmark = [pytest.mark.slow, needs_interrupts]

EXPORT_BYTES = 300_000


@attrs.frozen(kw_only=True)
class Example:
    """The example of one README.

    Attributes:
        options: Of the fake, which serves slowly.
        folder: Where the files go.
        before: How many whole files are there when it is killed.
        right: Returns what the server has, by the names of the files.
    """

    options: dict[str, int]
    folder: str
    before: int = 0
    right: Callable[[testing.FakeServer[Any], list[str]], dict[str, bytes]]


def cvat_files(server: testing.FakeServer[Any], names: list[str]) -> dict[str, bytes]:
    """Return the export of CVAT's task, which is the same for as long as nothing changes."""
    [name] = names
    task = int(name.split("_")[1])
    with annoport_cvat.Client(server.url, token=server.token) as client:
        job = client.tasks.create_dataset_export(task, format="COCO 1.0", save_images=True)
        return {name: job.file().read()}


def ecotaxa_files(server: testing.FakeServer[Any], names: list[str]) -> dict[str, bytes]:
    """Return the files of those jobs of EcoTaxa that the names tell."""
    with annoport_ecotaxa.Client(server.url, token=server.token) as client:
        numbers = {name: int(name.removesuffix(".zip").rpartition("_job")[2]) for name in names}
        return {name: client.jobs.file(number).read() for name, number in numbers.items()}


def tator_files(server: testing.FakeServer[Any], names: list[str]) -> dict[str, bytes]:
    """Return the images of Tator, of the media that the names tell."""
    store = server.fake.store
    return {
        name: store.objects[f"1/1/{name.partition('_')[0]}/image.png"].payload.read()
        for name in names
    }


EXAMPLES = {
    "cvat": Example(
        options={"export_bytes": EXPORT_BYTES, "bytes_per_second": 200_000},
        folder="exports",
        right=cvat_files,
    ),
    "ecotaxa": Example(
        options={"export_bytes": EXPORT_BYTES, "bytes_per_second": 200_000},
        folder="exports",
        right=ecotaxa_files,
    ),
    "tator": Example(
        # Of five images, four are fetched at once.
        options={"stills": 3, "bytes_per_second": 500},
        folder="images",
        before=4,
        right=tator_files,
    ),
}


@pytest.mark.parametrize("platform", EXAMPLES)
def test_an_example_that_was_killed_ends_right(platform: str, tmp_path: Path) -> None:
    example = EXAMPLES[platform]
    readme = (ROOT / "generated" / f"annoport-{platform}" / "README.md").read_text(encoding="utf-8")
    [code] = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    folder = tmp_path / example.folder
    with testing.serve(platform, **example.options) as server:
        with start(code, platform, server, tmp_path) as process:
            wait_for_bytes(process, folder, example.before)
            process.kill()
        assert len(whole(folder)) == example.before
        with start(code, platform, server, tmp_path) as again:
            complaints = again.communicate()[1]
        assert again.returncode == 0, complaints[-3000:]
        names = whole(folder)
        right = example.right(server, names)
    assert names == sorted(right)
    for name in names:
        assert parts((folder / name).read_bytes()) == parts(right[name])


def parts(content: bytes) -> dict[str, bytes]:
    """Return the content by name, for a zip that of each entry; reading checks its checksum.

    The padding is left out: that of the fake CVAT is another one in each export.
    """
    if not zipfile.is_zipfile(io.BytesIO(content)):
        return {"": content}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        found = {name: archive.read(name) for name in archive.namelist()}
    assert found.pop("padding.bin", b"") != b""
    return found


def start(
    code: str, platform: str, server: testing.FakeServer[Any], folder: Path
) -> subprocess.Popen[str]:
    """Start a process that runs the example."""
    prefix = platform.upper()
    settings = {
        f"{prefix}_URL": server.url,
        f"{prefix}_USERNAME": server.username,
        f"{prefix}_PASSWORD": server.password,
    }
    if f"{prefix}_TOKEN" in code:
        settings = {f"{prefix}_URL": server.url, f"{prefix}_TOKEN": server.token}
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", code],
        cwd=folder,
        env={"PATH": os.environ["PATH"]} | settings,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for_bytes(process: subprocess.Popen[str], folder: Path, whole_files: int) -> None:
    """Wait until a process has so many whole files, and some bytes of the next one."""
    while len(whole(folder)) < whole_files or not any(
        path.stat().st_size for path in folder.glob(".*.partial")
    ):
        assert process.poll() is None, process.communicate()[1][-3000:]
        time.sleep(0.01)


def whole(folder: Path) -> list[str]:
    """Return the names of the whole files in a folder."""
    if not folder.is_dir():
        return []
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))
