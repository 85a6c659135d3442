"""Fake EcoTaxa, Tator and CVAT servers for tests and demonstrations.

    with annoport.testing.serve("cvat") as server:
        client = annoport_cvat.Client(server.url, token=server.token)

In a notebook, where a `with` block would end with its cell:

    server = annoport.testing.serve("cvat").start()
    ...
    server.stop()

The servers answer over real sockets, keep state, run jobs and make real zip files. Install them
with `pip install annoport[testing]`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, Unpack, overload

from annoport.testing.fake import Fake
from annoport.testing.server import FakeServer, SeenRequest

if TYPE_CHECKING:
    from annoport.testing.cvat import FakeCvat
    from annoport.testing.ecotaxa import FakeEcotaxa
    from annoport.testing.options import CvatOptions, EcotaxaOptions, TatorOptions
    from annoport.testing.tator import FakeTator

__all__ = ["Fake", "FakeServer", "SeenRequest", "serve"]


@overload
def serve(platform: Literal["cvat"], **options: Unpack[CvatOptions]) -> FakeServer[FakeCvat]: ...
@overload
def serve(
    platform: Literal["ecotaxa"], **options: Unpack[EcotaxaOptions]
) -> FakeServer[FakeEcotaxa]: ...
@overload
def serve(platform: Literal["tator"], **options: Unpack[TatorOptions]) -> FakeServer[FakeTator]: ...
@overload
def serve(platform: str) -> FakeServer[Any]: ...
def serve(platform: str, **options: Any) -> FakeServer[Any]:
    """Prepare a server of a fake platform, for a `with` statement or for `start()`.

    Args:
        platform: "cvat", "ecotaxa" or "tator".
        options: Keyword parameters of `FakeCvat`, `FakeEcotaxa` or `FakeTator`, for example
            `job_seconds=0.1`.

    Returns:
        A server that does not run yet.

    Raises:
        ValueError: There is no fake of this platform.
        TypeError: The fake has no such option.
    """
    kind = _fake_of(platform)
    known = list(inspect.signature(kind).parameters)
    for name in options:
        if name not in known:
            raise TypeError(
                f"serve({platform!r}) has no option {name!r}: its options are {', '.join(known)}"
            )
    return FakeServer(kind(**options))


def _fake_of(platform: str) -> Callable[..., Fake]:
    if platform == "cvat":
        from annoport.testing.cvat import FakeCvat

        return FakeCvat
    if platform == "ecotaxa":
        from annoport.testing.ecotaxa import FakeEcotaxa

        return FakeEcotaxa
    if platform == "tator":
        from annoport.testing.tator import FakeTator

        return FakeTator
    raise ValueError(f"unknown platform {platform!r}: expected 'cvat', 'ecotaxa' or 'tator'")
