"""What a function has done to a source."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen


@frozen(kw_only=True)
class Report:
    """What `annotate` has done.

    Attributes:
        frames: How many pictures the function has looked at.
        resumed: How many annotations an earlier run, which was broken off, had written.
        annotations: How many annotations were written, by label of the place; with `dry_run`, how
            many would have been. A track counts once.
        dropped: What the function may return and the place does not have, so that it was left out,
            such as "label 'crab'".
        seconds: How long it took.
        function_seconds: How long the function itself took of it.
        dry_run: Whether nothing was written.
    """

    frames: int
    resumed: int
    annotations: Mapping[str, int]
    dropped: tuple[str, ...]
    seconds: float
    function_seconds: float
    dry_run: bool

    @property
    def total(self) -> int:
        """How many annotations there are of all labels."""
        return sum(self.annotations.values())

    @property
    def frames_per_second(self) -> float:
        """How many pictures were looked at in a second."""
        return self.frames / self.seconds if self.seconds else 0.0

    def __str__(self) -> str:
        done = "would be written" if self.dry_run else "written"
        labels = ", ".join(f"{name} {count:,}" for name, count in sorted(self.annotations.items()))
        lines = [
            f"{self.frames:,} frames in {self.seconds:.1f} s ({self.frames_per_second:.1f} a "
            f"second), {self.total:,} annotations {done}" + (f": {labels}" if labels else "")
        ]
        if self.resumed:
            lines.append(f"an earlier run had written {self.resumed:,} annotations")
        lines += [f"left out, because the place does not have it: {each}" for each in self.dropped]
        return "\n".join(lines)
