"""Datasets of `annoport.vision` for PyTorch: pictures and targets, with torchvision's transforms.

    from annoport import cvat, torch

    dataset = torch.VisionDataset(cvat.task(client, 42), target_transform=torch.ToBoxes())
    image, target = dataset[0]

It needs the extra `torch`, which is imported on first use.
"""

from typing import TYPE_CHECKING

from annoport.core import lazy_exports

if TYPE_CHECKING:
    from annoport.torch.datasets import VisionDataset, collate
    from annoport.torch.targets import Target, ToBoxes, ToKeypoints, ToLabel, ToMasks

__all__ = ["Target", "ToBoxes", "ToKeypoints", "ToLabel", "ToMasks", "VisionDataset", "collate"]

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy_exports(
        __name__,
        {
            "Target": "targets",
            "ToBoxes": "targets",
            "ToKeypoints": "targets",
            "ToLabel": "targets",
            "ToMasks": "targets",
            "VisionDataset": "datasets",
            "collate": "datasets",
        },
    )
