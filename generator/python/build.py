"""From an effective spec to a package, with every check on the way.

Nothing is lost silently: what cannot be generated is an error that names it.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Mapping
from typing import Any

from annoport.core.contract.extensions import JobKind, Platform
from generator.errors import GeneratorError
from generator.openapi import iterate
from generator.paths import ROOT
from generator.python import credentials, extension_checks, models
from generator.python.directions import directed
from generator.python.inline_schemas import Hoisted
from generator.python.inner_references import lifted
from generator.python.method_names import MethodNames
from generator.python.names import checked_identifier, literal, one_line, pascal_case, snake_case
from generator.python.operations import OperationBuilder, convert, hoist
from generator.python.package import Operation, Package, Resource
from generator.python.schema_parser import Parser
from generator.python.unions import plain_unions
from generator.python.unique_names import UniqueNames
from generator.spec import validation, version_notes

_IN_OVERLAY = "set x-annoport-names, x-annoport-name or x-annoport-resource in the overlay"
_RESOURCES = "x-annoport-resources"
_NEARLY_ALL = 0.95  # a server may have a path beside its API, such as that of a gateway
# Arguments of every client, to which a platform adds its own.
_CLIENT_ARGUMENTS = (
    *("self", "base_url", "username", "password"),
    *("auth", "timeout", "max_retries", "strict", "verify", "cert", "http_client"),
    *("server_version", "check_server_version"),
)


def build(platform: str, spec: Mapping[str, Any], *, release: str, recovered: str = "") -> Package:
    """Build the package of a platform from its effective spec.

    Args:
        platform: The platform's name.
        spec: The effective spec.
        release: The version of the server that the spec describes.
        recovered: How its contract came about; nothing if a server gave it as it is.

    Raises:
        GeneratorError: The spec or one of its extensions has a fault.
    """
    about = _platform(platform, spec)
    kinds = job_kinds(platform, spec)
    validation.check(platform, spec)
    builder = _builder(version_notes.described(spec, about.title), kinds)
    extension_checks.check(builder, about)
    project = _project()
    return Package(
        platform=platform,
        module=f"annoport_{platform}",
        distribution=f"annoport-{platform}",
        version=project["version"],
        urls=project["urls"],
        spec_version=release,
        recovered=recovered,
        title=about.title,
        platform_source=literal(about),
        job_kinds={name: literal(kind) for name, kind in kinds.items()},
        nested_jobs=any(kind.within for kind in kinds.values()),
        job_states=[
            (name, builder.first_json(builder.raw[kind.poll]).annotation("models."))
            for name, kind in kinds.items()
        ],
        credentials=list(about.credentials),
        headers=[(name, header.description) for name, header in about.headers.items()],
        login=about.login is not None,
        tells_version=about.version is not None,
        env_prefix=about.env_prefix,
        environment=about.environment,
        example_url=about.example_url,
        path_prefix=_path_prefix(spec),
        example=str(spec["info"].get("x-annoport-example", "")).strip(),
        modules=models.build(builder.parser),
        resources=_resources(_operations(platform, builder), spec.get(_RESOURCES, {})),
    )


def _builder(spec: Mapping[str, Any], kinds: Mapping[str, JobKind]) -> OperationBuilder:
    """Return what builds the operations of a spec, with every inline schema named."""
    spec = plain_unions(directed(lifted(spec)))
    hoisted = Hoisted()
    hoisted.name_components(spec.get("components", {}).get("schemas", {}))
    raw = {operation.id: operation for operation in hoist(spec, hoisted)}
    return OperationBuilder(
        parser=Parser(hoisted.schemas),
        spec=spec,
        raw=raw,
        job_kinds=kinds,
        names=MethodNames.of(spec),
    )


def _operations(platform: str, builder: OperationBuilder) -> list[Operation]:
    operations = [builder.build(operation) for operation in builder.raw.values()]
    declared = sum(1 for _ in iterate(builder.spec))
    if len(operations) != declared:
        raise GeneratorError(
            f"{platform}: the spec has {declared} operations, but {len(operations)} were generated"
        )
    return operations


def _path_prefix(spec: Mapping[str, Any]) -> str:
    """Return the first part that nearly all paths of the spec share; nothing if they do not."""
    paths: list[str] = list(spec["paths"])
    firsts = Counter("/" + path.split("/")[1] for path in paths if path.count("/") > 1)
    for first, count in firsts.most_common(1):
        if "{" not in first and count >= _NEARLY_ALL * len(paths):
            return first
    return ""


def _platform(platform: str, spec: Mapping[str, Any]) -> Platform:
    if "x-annoport-platform" not in spec:
        raise GeneratorError(
            f"{platform}: no x-annoport-platform; set it on the root in the overlay"
        )
    place = f"{platform}: x-annoport-platform"
    said: Any = spec["x-annoport-platform"]
    convert(said, Platform, place)
    about: Platform = convert(credentials.resolved(spec, said, place), Platform, place)
    checked_identifier(about.env_prefix, f"{place}: env_prefix")
    arguments = UniqueNames("argument", "rename the credential or header")
    for name in _CLIENT_ARGUMENTS:
        arguments.claim(name, "every client")
    for name in (*about.credentials, *about.headers):
        arguments.claim(checked_identifier(name, place), place)
    return about


def job_kinds(platform: str, spec: Mapping[str, Any]) -> dict[str, JobKind]:
    """Return the kinds of job of a platform, by name."""
    place = f"{platform}: x-annoport-job-kinds"
    raw: dict[str, Any] = convert(spec.get("x-annoport-job-kinds", {}), dict[str, Any], place)
    # One by one, because the error for a whole mapping does not name the key.
    return {name: convert(kind, JobKind, f"{place}: {name!r}") for name, kind in raw.items()}


def _resources(operations: list[Operation], about: Mapping[str, str]) -> list[Resource]:
    """Group operations by their resources.

    Args:
        operations: All operations.
        about: Resource -> what it is about.

    Raises:
        GeneratorError: Two names clash, or `about` names no resource.
    """
    grouped: dict[str, list[Operation]] = {}
    constants = UniqueNames("constant", "give one of them another operationId in the overlay")
    for operation in operations:
        constants.claim(operation.constant, f"{operation.source} ({operation.id})")
        grouped.setdefault(operation.resource, []).append(operation)
    if unknown := sorted(set(about) - set(grouped)):
        raise GeneratorError(
            f"{_RESOURCES}: no resource is called {', '.join(unknown)}; correct or remove it"
        )
    attributes = _client_attributes()
    classes = UniqueNames("class name", _IN_OVERLAY)
    for name in sorted(grouped):
        _check_resource(name, grouped[name])
        attributes.claim(name, f"resource {name}")
        for prefix in ("", "Async"):
            classes.claim(prefix + pascal_case(name), f"resource {name}")
    return [
        Resource(
            name=name,
            class_name=pascal_case(name),
            operations=sorted(grouped[name], key=lambda operation: operation.name),
            about=one_line(about.get(name, "")),
        )
        for name in sorted(grouped)
    ]


def _client_attributes() -> UniqueNames:
    """Return the attributes of a client, which a resource must not hide."""
    # Imported here because it loads the HTTP library, which no other part of a build needs.
    from annoport.core import AsyncBaseClient, BaseClient

    claims = UniqueNames("attribute", _IN_OVERLAY)
    for name in {*dir(BaseClient), *dir(AsyncBaseClient)}:
        claims.claim(name, "every client")
    return claims


def _check_resource(resource: str, operations: list[Operation]) -> None:
    methods = UniqueNames("method", _IN_OVERLAY)
    for operation in operations:
        names = [("resource", resource), ("method", operation.name)]
        names += [("method", name) for _, name in operation.further_methods]
        names += [("method", alias) for alias in operation.aliases]
        for what, name in names:
            if name != snake_case(name):
                raise GeneratorError(
                    f"{operation.source}: {name!r} is not a name for a {what}; expected snake_case"
                )
        methods.claim(operation.name, f"{operation.source} (client.{resource}.{operation.name})")
        for what, name in operation.further_methods:
            methods.claim(name, f"the {what} of {operation.source}")
        for alias in operation.aliases:
            methods.claim(
                alias, f"{operation.source} (an alias of client.{resource}.{operation.name})"
            )


def _project() -> dict[str, Any]:
    """Return our own metadata: generated packages have the same version and addresses."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return dict(project)
