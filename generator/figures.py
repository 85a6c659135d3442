"""How large a package is, in numbers for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from generator.package import Package


class Figures(TypedDict):
    """The size of a package: how many it has of what."""

    platform: str
    operations: int
    resources: int
    models: int


def count(package: Package) -> Figures:
    """The figures that `make regen` prints."""
    return {
        "platform": package.platform,
        "operations": len(package.operations),
        "resources": len(package.resources),
        "models": len(package.model_modules),
    }
