"""How many operations, resources and models a package has."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from generator.python.package import Package


class Counts(TypedDict):
    """The numbers of things in a package."""

    platform: str
    operations: int
    resources: int
    models: int


def count(package: Package) -> Counts:
    """Return the counts that `make regen` prints."""
    return {
        "platform": package.platform,
        "operations": len(package.operations),
        "resources": len(package.resources),
        "models": len(package.model_modules),
    }
