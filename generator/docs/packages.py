"""The reference of a generated package: its client, a page for each resource, and its models."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from generator.docs import library, pages
from generator.python.package import Package


def files(package: Package, places: Mapping[str, str], client: library.Entry) -> dict[str, str]:
    """Return the Markdown of each page by its path.

    Args:
        package: The package.
        places: Name of a type of the hand-written layer -> label of its place.
        client: The description of the package's `Client`.
    """
    environment = pages.environment({**places, **labels(package)})
    folder = f"reference/{package.platform}"
    result = {
        f"{folder}/index.md": pages.page(
            environment, "platform.md.jinja", package=package, client=_own(client)
        ),
        f"{folder}/models.md": pages.page(environment, "models.md.jinja", package=package),
    }
    for resource in package.resources:
        result[f"{folder}/{resource.name}.md"] = pages.page(
            environment, "resource.md.jinja", package=package, resource=resource
        )
    return result


def labels(package: Package) -> dict[str, str]:
    """Return the label of each model's place, by its name with and without its module."""
    return {
        prefix + name: f"{package.platform}.models.{name}"
        for name, _ in package.model_modules
        for prefix in ("", "models.")
    }


def _own(client: library.Entry) -> library.Entry:
    """Return how a client is made, without resources and without what all clients have."""
    members = tuple(member for member in client.members if member.name == "from_env")
    return attrs.evolve(client, members=members)
