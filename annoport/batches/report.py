"""What became of each item of a batch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import attrs

from annoport.core.errors import BatchError

_SHOWN = 5


@attrs.frozen
class StoredFile:
    """A file that an export has made.

    Attributes:
        path: Where it is: a path, or a URL.
        size: Its size in bytes.
        sha256: The SHA-256 of its content, in hexadecimal.
    """

    path: str
    size: int
    sha256: str


@attrs.frozen(kw_only=True)
class Result:
    """What became of one item.

    Attributes:
        name: The name of the item.
        state: "done" if this run has fetched it, "skipped" if an earlier one had, or "failed".
        files: What was fetched: one file, unless the call starts several jobs.
        error: The class and the message of the last error, if it has failed.
        attempts: How often this run has tried it.
    """

    name: str
    state: Literal["done", "failed", "skipped"]
    files: Sequence[StoredFile] = ()
    error: str | None = None
    attempts: int = 0


@attrs.frozen
class Report:
    """What became of a batch. As text, it says how many items are whole, and what has failed.

    Attributes:
        results: One for each item, in the order of the plan.
        manifest: The file that the next run reads.
    """

    results: Sequence[Result]
    manifest: Path

    @property
    def done(self) -> list[Result]:
        """The items that this run has fetched."""
        return self._having("done")

    @property
    def failed(self) -> list[Result]:
        """The items that have failed; the next run tries them again."""
        return self._having("failed")

    @property
    def skipped(self) -> list[Result]:
        """The items that an earlier run had fetched, and whose files are still there."""
        return self._having("skipped")

    def raise_failed(self) -> None:
        """Raise an error if items have failed.

        Raises:
            BatchError: Items have failed.
        """
        failed = self.failed
        if failed:
            raise BatchError(str(self), failed=tuple(result.name for result in failed))

    def __str__(self) -> str:
        counts = [("fetched", self.done), ("already there", self.skipped), ("failed", self.failed)]
        said = ", ".join(f"{len(found)} {word}" for word, found in counts)
        lines = [f"{said} ({self.manifest})"]
        lines += [f"  {result.name}: {result.error}" for result in self.failed[:_SHOWN]]
        if len(self.failed) > _SHOWN:
            lines.append(f"  and {len(self.failed) - _SHOWN} more, which the manifest lists")
        return "\n".join(lines)

    def _having(self, state: str) -> list[Result]:
        return [result for result in self.results if result.state == state]
