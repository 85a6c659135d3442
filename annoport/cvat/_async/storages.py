"""Files in the cloud storages that a server knows."""

from __future__ import annotations

import fnmatch
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from annoport.core import UNSET
from annoport.cvat.references import StorageLike, id_of
from annoport.errors import InvalidArgumentError
from annoport_cvat import models

if TYPE_CHECKING:
    from annoport_cvat import AsyncClient


async def async_storage_files(
    client: AsyncClient, storage: StorageLike, folder: str = "", *, pattern: str = "*"
) -> AsyncIterator[str]:
    """Yield the paths of the files in a cloud storage, those of inner folders too.

    They are what `server_files` of `create_task` takes. The storage is read while you iterate.

    Uses: `cloudstorages.retrieve_content_v2`.

    Args:
        client: A client of CVAT.
        storage: The cloud storage.
        folder: Only files in this folder, and in those below it.
        pattern: Only files whose name, without folders, fits; `*` and `?` are wildcards.

    Raises:
        InvalidArgumentError: The folder begins with a slash.
        ApiError: The server answered with an error.
    """
    number = id_of(storage, "storage")
    if folder.startswith("/"):
        raise InvalidArgumentError(
            f"storage_files: folder is {folder!r}: paths in a storage begin without a slash"
        )
    waiting = [f"{folder.rstrip('/')}/" if folder else ""]
    while waiting:
        prefix = waiting.pop()
        token: str | None = None
        inner = list[str]()
        while True:
            part = await client.cloudstorages.retrieve_content_v2(
                number, prefix=prefix or UNSET, next_token=token or UNSET
            )
            for entry in part.content:
                if entry.type == models.FileType.DIR:
                    inner.append(f"{prefix}{entry.name}/")
                elif fnmatch.fnmatchcase(entry.name, pattern):
                    yield f"{prefix}{entry.name}"
            token = part.next or None
            if token is None:
                break
        waiting.extend(reversed(inner))
