"""Which tasks to make of what is in a folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal, TypeAlias, get_args

from annoport.core.upload.sources import local_files
from annoport.cvat.media import is_media
from annoport.errors import InvalidArgumentError

TaskUnit: TypeAlias = Literal["file", "folder"]
"""What a task is made of."""


def tasks_in(folder: str | os.PathLike[str], one: TaskUnit) -> dict[str, Path]:
    """Return what to make tasks of, by their names, in natural order.

    Args:
        folder: The folder.
        one: Whether each picture, video, archive or PDF in it becomes a task, or each folder in
            it that has some.

    Raises:
        InvalidArgumentError: It is no folder, or there is nothing in it to make tasks of, or two
            would have one name.
    """
    root = Path(folder)
    if one not in get_args(TaskUnit):
        raise InvalidArgumentError(f"create_tasks: one is {one!r}: expected 'file' or 'folder'")
    if not root.is_dir():
        raise InvalidArgumentError(f"create_tasks: {str(root)!r} is no folder")
    found: dict[str, Path] = {}
    for file in local_files([root], field="file", where="create_tasks", several=True):
        parts = Path(file.given).parts
        if not is_media(file) or len(parts) != (1 if one == "file" else max(2, len(parts))):
            continue
        name = Path(parts[0]).stem if one == "file" else parts[0]
        path = root / parts[0]
        if found.setdefault(name, path) != path:
            raise InvalidArgumentError(
                f"create_tasks: {found[name].name!r} and {path.name!r} would both become the task "
                f"{name!r}: rename one"
            )
    if not found:
        what = "file" if one == "file" else "folder with one"
        raise InvalidArgumentError(
            f"create_tasks: the folder {str(root)!r} has no {what} that CVAT makes frames of"
        )
    return found
