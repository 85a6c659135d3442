"""A fake CVAT, and its flows in both shells."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import attrs
import pytest
import stamina

from annoport import cvat
from annoport.testing import FakeServer, serve
from annoport.testing.cvat import FakeCvat
from annoport.testing.images import png
from tests.core.both_shells import AsyncShell, Shell, shells

CAMERA_TRAPS, MEADOW, POND, EMPTY = 1, 1, 2, 3
"""Of the fake: a project with deer, fox and badger, two of its tasks, and one without data."""


STORAGE = {
    "provider_type": "AWS_S3_BUCKET",
    "resource": "survey",
    "display_name": "Survey",
    "credentials_type": "KEY_SECRET_KEY_PAIR",
    "key": "key",
    "secret_key": "secret",
}
"""What makes the bucket of the fake a cloud storage."""


@attrs.define
class Flows:
    """The functions of `annoport.cvat`, called in one shell.

    Attributes:
        server: The fake.
        client: A sync client, to see what is on it.
    """

    server: FakeServer[FakeCvat]
    client: cvat.Client
    shell: Shell
    own: Any

    @property
    def fake(self) -> FakeCvat:
        """The fake, whose state and faults a test changes."""
        return self.server.fake

    def call(self, name: str, /, *arguments: Any, **keywords: Any) -> Any:
        """Return what a function returns; all items if it yields them."""
        prefix = "async_" if isinstance(self.shell, AsyncShell) else ""
        made = getattr(cvat, f"{prefix}{name}")(self.own, *arguments, **keywords)
        if hasattr(made, "__anext__") or hasattr(made, "__next__"):
            return self.shell.items(made)
        return self.shell.run(made)

    def wait(self, job: Any) -> Any:
        """Wait for a job that a function has returned."""
        return self.shell.run(job.wait())

    def sent(self, method: str) -> list[str]:
        """Return the paths of the requests of a method that have arrived."""
        return [seen.path for seen in self.server.requests if seen.method == method]


@pytest.fixture(scope="session")
def running() -> Iterator[FakeServer[FakeCvat]]:
    """One server for all tests: to stop one takes longer than most of them."""
    with serve("cvat") as server:
        yield server


@pytest.fixture
def server(running: FakeServer[FakeCvat]) -> FakeServer[FakeCvat]:
    """The server, with the data that a new one has."""
    renew(running.fake)
    running.requests.clear()
    return running


def renew(fake: FakeCvat, version: str = "2.80.0") -> None:
    """Give a fake that is served the data of a new one."""
    FakeCvat.__init__(fake, job_seconds=0.0, anonymous_per_minute=None, version=version)
    fake.faults.clear()


@pytest.fixture(params=shells(), ids=lambda kind: kind.name)
def flows(request: pytest.FixtureRequest, server: FakeServer[FakeCvat]) -> Iterator[Flows]:
    """The flows in each shell."""
    shell = cast("Callable[[], Shell]", request.param)()
    kind: Any = cvat.AsyncClient if isinstance(shell, AsyncShell) else cvat.Client
    with (
        stamina.set_testing(True, attempts=4, cap=True),
        cvat.Client(server.url, token=server.token) as client,
    ):
        yield Flows(server, client, shell, shell.keep(kind(server.url, token=server.token)))
        shell.finish()


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A folder of pictures whose natural order is not that of the alphabet."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in (1, 2, 10):
        (folder / f"dive_{number}.png").write_bytes(png(64, 48, shade=20 * number))
    return folder
