"""From an effective spec to a package, with every check on the way.

Nothing is lost silently: what cannot be generated is an error that names it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from annoport.core.annotations import JobKind, Platform
from generator import lint, models
from generator.errors import GeneratorError
from generator.hoist import Hoisted
from generator.names import pascal_case, snake_case
from generator.operations import OperationBuilder, convert, hoist
from generator.package import Operation, Package, Resource
from generator.parse import Parser
from generator.source import struct_source

_ROOT = Path(__file__).resolve().parent.parent
# Attributes of a client that a resource must not hide.
_CLIENT_NAMES = frozenset(
    {"call", "close", "aclose", "from_env", "job", "with_options", "base_url"}
)


def build(platform: str, spec: Mapping[str, Any], *, release: str) -> Package:
    """The package of a platform, from its effective spec; `release` is the server's version."""
    about = _platform(platform, spec)
    kinds = _job_kinds(platform, spec)
    hoisted = Hoisted()
    hoisted.name_components(spec.get("components", {}).get("schemas", {}))
    raw = {operation.id: operation for operation in hoist(spec, hoisted)}
    parser = Parser(hoisted.schemas)
    builder = OperationBuilder(parser=parser, spec=spec, raw=raw, job_kinds=kinds)
    lint.check(builder, about)
    operations = [builder.build(operation) for operation in raw.values()]
    if len(operations) != len(raw):
        raise GeneratorError(f"{platform}: {len(raw)} operations, but {len(operations)} generated")
    return Package(
        platform=platform,
        module=f"annoport_{platform}",
        distribution=f"annoport-{platform}",
        version=_version(),
        spec_version=release,
        title=about.title,
        platform_source=struct_source(about),
        job_kinds={name: struct_source(kind) for name, kind in kinds.items()},
        credentials=list(about.credentials),
        headers=[(name, header.description) for name, header in about.headers.items()],
        login=about.login is not None,
        env_prefix=about.env_prefix,
        example_url=about.example_url,
        example=str(spec["info"].get("x-annoport-example", "")).strip(),
        modules=models.build(parser),
        resources=_resources(operations),
    )


def _platform(platform: str, spec: Mapping[str, Any]) -> Platform:
    if "x-annoport-platform" not in spec:
        raise GeneratorError(f"{platform}: the overlay sets no x-annoport-platform on the root")
    place = f"{platform}: x-annoport-platform"
    about: Platform = convert(spec["x-annoport-platform"], Platform, place)
    return about


def _job_kinds(platform: str, spec: Mapping[str, Any]) -> dict[str, JobKind]:
    kinds: dict[str, JobKind] = convert(
        spec.get("x-annoport-job-kinds", {}),
        dict[str, JobKind],
        f"{platform}: x-annoport-job-kinds",
    )
    return kinds


def _resources(operations: list[Operation]) -> list[Resource]:
    grouped: dict[str, list[Operation]] = {}
    for operation in operations:
        grouped.setdefault(operation.resource, []).append(operation)
    _check_names(grouped)
    return [
        Resource(
            name=name,
            class_name=pascal_case(name),
            operations=sorted(grouped[name], key=lambda operation: operation.name),
        )
        for name in sorted(grouped)
    ]


def _check_names(grouped: Mapping[str, list[Operation]]) -> None:
    for resource, operations in grouped.items():
        if resource != snake_case(resource) or resource in _CLIENT_NAMES:
            raise GeneratorError(f"{resource!r} is no name for a resource: it must be snake_case")
        seen: dict[str, str] = {}
        for operation in operations:
            if operation.name != snake_case(operation.name):
                raise GeneratorError(f"{operation.source}: {operation.name!r} is no method name")
            if operation.name in seen:
                raise GeneratorError(
                    f"{operation.source}: {resource}.{operation.name} is also "
                    f"{seen[operation.name]}; set x-annoport-name in the overlay"
                )
            seen[operation.name] = operation.source


def _version() -> str:
    project = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return str(project["version"])
