"""Buckets, and the cloud storages through which the fake CVAT reaches them."""

from __future__ import annotations

import hashlib

import attrs

from annoport.testing.cvat.state import User, now
from annoport.testing.images import png


@attrs.define(kw_only=True)
class CloudStorage:
    """A bucket that the server knows; `shown` is what a client sent about it."""

    id: int
    resource: str
    shown: dict[str, object]
    owner: User
    organization_id: int | None = None
    created: str = attrs.field(factory=now)


@attrs.define
class Buckets:
    """The buckets of the world, and those that the server knows."""

    files: dict[str, dict[str, bytes]] = attrs.field(factory=dict[str, dict[str, bytes]])
    known: dict[int, CloudStorage] = attrs.field(factory=dict[int, CloudStorage])

    def of(self, storage_id: int) -> dict[str, bytes]:
        """Return the files of a storage by path; none if the server does not know it."""
        known = self.known.get(storage_id)
        return {} if known is None else self.files[known.resource]


def seeded() -> Buckets:
    """Return a bucket `survey` with four pictures, which no storage refers to yet."""
    names = ("a.png", "b.png", "c.png", "deep/d.png")
    return Buckets({"survey": {name: png(64, 48, shade=60) for name in names}})


def entries(files: dict[str, bytes], prefix: str) -> list[tuple[str, bool]]:
    """Return the names of what is directly below a prefix, and whether each is a folder."""
    below = [path.removeprefix(prefix) for path in files if path.startswith(prefix)]
    found = {name.partition("/")[0]: "/" in name for name in below if name}
    return sorted(found.items())


def token(place: int) -> str:
    """Return what names the part of a list that begins at a place."""
    return hashlib.md5(str(place).encode(), usedforsecurity=False).hexdigest()
