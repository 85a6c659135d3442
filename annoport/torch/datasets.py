"""Samples as torch and torchvision take them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from annoport.errors import InvalidArgumentError
from annoport.torch.libraries import Dataset
from annoport.torch.targets import Target
from annoport.vision.datasets import Dataset as Samples
from annoport.vision.datasets import Sample
from annoport.vision.sources import Source, check_source


class VisionDataset(Dataset[Any]):
    """Pictures and targets of a source, as a `torch.utils.data.Dataset`.

    A sample is a pair of a `PIL.Image.Image` and a `Target`, or what the transforms make of them. A
    `torch.utils.data.DataLoader` may read it in worker processes. Those that are forked fetch
    pictures that are absent; those that are spawned have a copy, which does not.

    Attributes:
        data: The samples that the pictures and targets are of.
    """

    def __init__(
        self,
        data: Samples | Source,
        *,
        transforms: Callable[[Any, Any], Any] | None = None,
        transform: Callable[[Any], Any] | None = None,
        target_transform: Callable[[Any], Any] | None = None,
    ) -> None:
        """Say where samples come from, and what to make of them.

        Args:
            data: A dataset of `annoport.vision`, or a source such as `cvat.task(client, 42)`. All
                pictures of a source are fetched now, and no request is made later; for subsets,
                indexes of labels or another cache, make a `vision.Dataset`.
            transforms: Called with picture and target; returns both.
            transform: Called with the picture.
            target_transform: Called with the target, such as `ToBoxes()`.

        Raises:
            InvalidArgumentError: `data` is neither, or `transforms` is given, and so is one of the
                other two.
            AnnoportError: As raised by `vision.Dataset`, if `data` is a source.
        """
        if transforms is not None and not (transform is None and target_transform is None):
            raise InvalidArgumentError(
                "transforms is called with picture and target: give it alone, or transform and "
                "target_transform in its place"
            )
        if not isinstance(data, Samples):
            check_source(data, argument="data", expected="a vision.Dataset or a source")
        self.data = data if isinstance(data, Samples) else Samples(data, images="all")
        self.transforms = transforms
        self.transform = transform
        self.target_transform = target_transform

    def __len__(self) -> int:
        """Return the number of samples."""
        return len(self.data)

    def __getitem__(self, index: int) -> Any:
        """Return picture and target of a sample, transformed."""
        sample = self.data[index]
        return self._transformed(sample, sample.load())

    def __iter__(self) -> Iterator[Any]:
        """Yield all samples in order; several pictures are decoded at a time."""
        for sample, image in self.data.loaded():
            yield self._transformed(sample, image)

    def _transformed(self, sample: Sample, image: Any) -> Any:
        target: Any = Target(
            annotations=sample.annotations,
            label_index=sample.label_index,
            labels=self.data.labels,
            image_size=image.size,
            frame=sample.frame,
            part=sample.part,
            subset=sample.subset,
        )
        if self.transforms is not None:
            return self.transforms(image, target)
        if self.transform is not None:
            image = self.transform(image)
        if self.target_transform is not None:
            target = self.target_transform(target)
        return image, target


def collate(batch: Iterable[tuple[Any, Any]]) -> tuple[list[Any], list[Any]]:
    """Return pictures and targets of a batch as two lists.

    It is for a `DataLoader`'s `collate_fn=`: torchvision's networks for detection take pictures of
    different sizes and targets with different numbers of objects so.

    Args:
        batch: Pairs of picture and target.
    """
    pairs = list(batch)
    return [image for image, _ in pairs], [target for _, target in pairs]
