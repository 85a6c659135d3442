"""Annotations of pictures that were read from files, by the names of the pictures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Literal, TypeVar

from attrs import field, frozen

from annoport.core.errors import InvalidAnnotationError, InvalidArgumentError
from annoport.vision.annotations import Annotation
from annoport.vision.folders import stem_of
from annoport.vision.labels import Label
from annoport.vision.writing import OfPart, check_choice

_SampleT = TypeVar("_SampleT", bound=OfPart)


@frozen
class FileAnnotations:
    """Annotations that were read from files.

    Attributes:
        pictures: What is on each picture, by its name in the file; pictures without annotations
            are here, too. All are on frame 0.
        labels: The labels that the file defines, with the attributes that its annotations have.
        dropped: What was left out because it cannot be. Each error says where it is, and why.
    """

    pictures: Mapping[str, tuple[Annotation, ...]] = field(repr=False)
    labels: tuple[Label, ...]
    dropped: tuple[InvalidAnnotationError, ...] = ()

    def on(
        self, samples: Iterable[_SampleT], *, unmatched: Literal["error", "drop"] = "error"
    ) -> list[tuple[_SampleT, tuple[Annotation, ...]]]:
        """Return samples with what the file has for them, as `Dataset.write` takes it.

        A sample is matched by the name of its frame; folders that only one of the two names has in
        front make no difference. The names that `to_coco` gives to pictures are known, too. Samples
        that the file does not name are left out.

        Args:
            samples: The samples, such as a `Dataset`. No picture is fetched.
            unmatched: "drop" leaves out pictures with annotations that no sample is of.

        Raises:
            InvalidArgumentError: A picture with annotations is of no sample, or a name fits more
                than one picture or sample.
        """
        check_choice("unmatched", unmatched, ("error", "drop"))
        names = _Names(self.pictures)
        taken: dict[str, _SampleT] = {}
        for sample in samples:
            name = names.of(sample)
            if name is None:
                continue
            if name in taken:
                raise InvalidArgumentError(
                    f"{name!r} is {_called(taken[name])} as well as {_called(sample)}: give the "
                    "samples of one of them"
                )
            taken[name] = sample
        absent = [name for name, found in self.pictures.items() if found and name not in taken]
        if absent and unmatched == "error":
            more = f" and {len(absent) - 1:,} more pictures" if len(absent) > 1 else ""
            raise InvalidArgumentError(
                f"no sample is called {absent[0]!r}{more}: give samples that have the pictures of "
                'the file, or leave out what is on the others with unmatched="drop"'
            )
        return [(sample, self.pictures[name]) for name, sample in taken.items()]


class _Names:
    """The names of pictures, by what a sample may be called."""

    def __init__(self, names: Iterable[str]) -> None:
        self._whole: dict[str, str] = {}
        self._endings: dict[str, list[str]] = {}
        self._stems: dict[str, str] = {}
        for name in names:
            path = _slashed(name)
            self._whole[path] = name
            self._stems[PurePosixPath(path).stem] = name
            for ending in _endings(path):
                self._endings.setdefault(ending, []).append(name)

    def of(self, sample: OfPart) -> str | None:
        """Return the name of the picture of a sample, if it has one."""
        path = _slashed(sample.frame.name)
        if path in self._whole:
            return self._whole[path]
        longer = self._endings.get(path, [])
        if len(longer) > 1:
            raise InvalidArgumentError(
                f"{_called(sample)} may be {longer[0]!r} or {longer[1]!r}: the names of the file "
                "must tell them apart"
            )
        if longer:
            return longer[0]
        for ending in _endings(path):
            if ending in self._whole:
                return self._whole[ending]
        return self._stems.get(stem_of(sample))


def _slashed(name: str) -> str:
    return name.replace("\\", "/")


def _endings(path: str) -> Iterator[str]:
    """Yield a name without its first folder, without its first two, and so on."""
    while "/" in path:
        path = path.partition("/")[2]
        yield path


def _called(sample: OfPart) -> str:
    return f"frame {sample.frame.number} of {sample.part} ({sample.frame.name})"
