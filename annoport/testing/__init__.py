"""Fake EcoTaxa, Tator and CVAT servers for tests and demonstrations.

    with annoport.testing.serve("cvat") as server:
        client = annoport_cvat.Client(server.url, token=server.token)

They answer over real sockets, keep state, run jobs and make real zip files. Install them with
`pip install annoport[testing]`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from typing import TYPE_CHECKING, Any, Literal, overload

from annoport.testing.fake import Fake
from annoport.testing.server import FakeServer, SeenRequest, run

if TYPE_CHECKING:
    from annoport.testing.cvat import FakeCvat
    from annoport.testing.ecotaxa import FakeEcotaxa
    from annoport.testing.tator import FakeTator

__all__ = ["Fake", "FakeServer", "SeenRequest", "serve"]


@overload
def serve(
    platform: Literal["cvat"], **options: Any
) -> contextlib.AbstractContextManager[FakeServer[FakeCvat]]: ...
@overload
def serve(
    platform: Literal["tator"], **options: Any
) -> contextlib.AbstractContextManager[FakeServer[FakeTator]]: ...
@overload
def serve(
    platform: Literal["ecotaxa"], **options: Any
) -> contextlib.AbstractContextManager[FakeServer[FakeEcotaxa]]: ...
@overload
def serve(platform: str, **options: Any) -> contextlib.AbstractContextManager[FakeServer[Any]]: ...
@contextlib.contextmanager
def serve(platform: str, **options: Any) -> Generator[FakeServer[Any]]:
    """Serve a fake platform on a free loopback port until the block ends.

    platform: "cvat", "tator" or "ecotaxa".
    options: keywords of the fake's class, e.g. `job_seconds=0.1`.
    """
    fake: Fake
    if platform == "cvat":
        from annoport.testing.cvat import FakeCvat

        fake = FakeCvat(**options)
    elif platform == "tator":
        from annoport.testing.tator import FakeTator

        fake = FakeTator(**options)
    elif platform == "ecotaxa":
        from annoport.testing.ecotaxa import FakeEcotaxa

        fake = FakeEcotaxa(**options)
    else:
        raise ValueError(f"unknown platform {platform!r}: expected 'cvat', 'tator' or 'ecotaxa'")
    with run(fake) as server:
        yield server
