"""What a changed spec means for users of the generated package.

Both specs are turned into packages in a temporary folder, and griffe reads these without
importing them. The asynchronous classes mirror the synchronous ones and are not compared.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs
import griffe

from generator.drift import python_types, severity
from generator.drift.findings import Finding, deduplicated
from generator.drift.wording import backquoted
from generator.errors import GeneratorError
from generator.output.render import files
from generator.python import build


@attrs.frozen(kw_only=True)
class Argument:
    """One argument of a method."""

    annotation: str
    required: bool


@attrs.frozen(kw_only=True)
class Method:
    """A method of a resource."""

    arguments: Mapping[str, Argument]
    returns: str


@attrs.frozen(kw_only=True)
class Class:
    """A model, an enum or an alias; its members are fields with types, or names with values."""

    members: Mapping[str, str]
    is_model: bool = False


Surface = dict[str, Method | Class]
_UNSET = frozenset({"Unset"})


def compare(platform: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Finding]:
    """Return what changes in the Python API between two effective specs, worst first.

    A new spec that cannot be generated is a finding, in the generator's own words.
    """
    return compare_with(platform, surface(platform, old), new)


def compare_with(platform: str, before: Surface, new: Mapping[str, Any]) -> list[Finding]:
    """Return what a new effective spec changes in a Python API that is known already."""
    try:
        after = surface(platform, new)
    except GeneratorError as error:
        return [
            Finding(
                view="api",
                kind="generation-fails",
                severity=severity.of("generation-fails"),
                anchor=platform,
                before=str(error),
                message=f"the package cannot be generated: {error}",
            )
        ]
    return deduplicated(_differences(before, after))


def surface(platform: str, spec: Mapping[str, Any]) -> Surface:
    """Return all public methods and classes of the package of an effective spec."""
    package = build.build(platform, spec, release="drift")
    with tempfile.TemporaryDirectory(prefix="annoport-api-") as folder:
        for name, text in files(package).items():
            if "/models/" in name or "/resources/" in name:
                path = Path(folder, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
        (Path(folder) / package.module / "__init__.py").touch()
        loaded = griffe.load(
            package.module, search_paths=[folder], allow_inspection=False, docstring_parser=None
        )
        return dict(_read(loaded))


def _read(module: griffe.Object | griffe.Alias) -> Iterator[tuple[str, Method | Class]]:
    for page in module["models"].modules.values():
        for name, item in page.members.items():
            if isinstance(item, griffe.Class):
                yield f"models.{name}", _class(item)
            elif isinstance(item, griffe.Attribute) and not name.startswith("_"):
                yield f"models.{name}", Class(members={"=": str(item.value)})
    for resource, page in module["resources"].modules.items():
        for name, item in page.members.items():
            if isinstance(item, griffe.Class) and not name.startswith("Async"):
                for method, function in item.functions.items():
                    yield f"client.{resource}.{method}", _method(function)


def _class(item: griffe.Class) -> Class:
    return Class(
        members={
            name: str(attribute.annotation or attribute.value)
            for name, attribute in item.attributes.items()
        },
        is_model=any(attribute.annotation for attribute in item.attributes.values()),
    )


def _method(function: griffe.Function) -> Method:
    return Method(
        arguments={
            parameter.name: Argument(
                annotation=str(parameter.annotation), required=parameter.default is None
            )
            for parameter in function.parameters
            if parameter.name != "self" and parameter.annotation is not None
        },
        returns=str(function.returns),
    )


def _differences(before: Surface, after: Surface) -> Iterator[Finding]:
    sent = _reached(before, _sent) | _reached(after, _sent)
    received = _reached(before, _received) | _reached(after, _received)
    for name in sorted(set(before) | set(after)):
        one, other = before.get(name), after.get(name)
        if other is None:
            yield _finding("removed", name, "is gone")
        elif one is None:
            yield _finding("added", name, "is new")
        elif isinstance(one, Method) and isinstance(other, Method):
            yield from _methods(name, one, other)
        elif isinstance(one, Class) and isinstance(other, Class):
            # What no method uses can be made and read all the same.
            unused = name not in sent and name not in received
            ways = _Ways(sent=unused or name in sent, received=unused or name in received)
            yield from _classes(name, one, other, ways)


@attrs.frozen(kw_only=True)
class _Ways:
    """Which way the values of a class travel."""

    sent: bool
    received: bool

    def fits(self, old: str, new: str) -> bool:
        """Whether programs written for a field's old type do not notice the new one."""
        return not (self.sent and not python_types.fits(old, new)) and not (
            self.received and not python_types.fits(new, old)
        )


def _sent(method: Method) -> Iterator[str]:
    for argument in method.arguments.values():
        yield argument.annotation


def _received(method: Method) -> Iterator[str]:
    yield method.returns


def _reached(surface: Surface, ends: Callable[[Method], Iterator[str]]) -> set[str]:
    """Return the classes that methods send or receive, and those inside them."""
    waiting = [
        f"models.{name}"
        for item in surface.values()
        if isinstance(item, Method)
        for annotation in ends(item)
        for name in re.findall(r"\bmodels\.(\w+)", annotation)
    ]
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        item = surface.get(name)
        if name not in found and isinstance(item, Class):
            found.add(name)
            named = (re.findall(r"\w+", member) for member in item.members.values())
            waiting += [f"models.{word}" for words in named for word in words]
    return found


def _finding(
    kind: str,
    name: str,
    text: str,
    *,
    case: str = "",
    before: str | None = None,
    after: str | None = None,
) -> Finding:
    return Finding(
        view="api",
        kind=kind,
        severity=severity.of(kind, case=case),
        anchor=name,
        message=f"`{name}` {text}",
        before=before,
        after=after,
    )


def _methods(name: str, old: Method, new: Method) -> Iterator[Finding]:
    renamed = _renamed(old, new)
    for argument in sorted(set(old.arguments) | set(new.arguments) - set(renamed.values())):
        full_name = f"{name}({argument})"
        one, other = old.arguments.get(argument), new.arguments.get(argument)
        if argument in renamed:
            now = renamed[argument]
            text = f"is called {backquoted(now)} now"
            yield _finding("argument-renamed", full_name, text, before=argument, after=now)
        elif other is None:
            yield _finding("argument-removed", full_name, "is gone")
        elif one is None:
            case = "required" if other.required else ""
            must = " and must be given" if other.required else ""
            yield _finding("argument-added", full_name, f"is new{must}", case=case)
        else:
            yield from _arguments(full_name, one, other)
    if not python_types.equal(old.returns, new.returns):
        case = "narrower" if python_types.fits(new.returns, old.returns) else ""
        yield _changed(
            "returns-changed", f"{name}()", before=old.returns, after=new.returns, case=case
        )


def _renamed(old: Method, new: Method) -> dict[str, str]:
    """Return arguments that must be given, and only have another name than before."""
    return {
        one: other
        for one, other in zip(old.arguments, new.arguments, strict=False)
        if one not in new.arguments
        and other not in old.arguments
        and old.arguments[one].required
        and old.arguments[one] == new.arguments[other]
    }


def _arguments(full_name: str, old: Argument, new: Argument) -> Iterator[Finding]:
    if old.required != new.required:
        text = "must be given now" if new.required else "may be left out now"
        kind = "argument-required" if new.required else "argument-optional"
        yield _finding(kind, full_name, text)
    # Whether it may be left out has been told.
    if not python_types.equal(old.annotation, new.annotation, ignoring=_UNSET):
        wider = python_types.fits(old.annotation, new.annotation, ignoring=_UNSET)
        yield _changed(
            "argument-type-changed",
            full_name,
            before=old.annotation,
            after=new.annotation,
            case="wider" if wider else "",
        )


def _classes(name: str, old: Class, new: Class, ways: _Ways) -> Iterator[Finding]:
    for member in sorted(set(old.members) | set(new.members)):
        full_name = name if member == "=" else f"{name}.{member}"
        one, other = old.members.get(member), new.members.get(member)
        if other is None:
            yield _finding("field-removed", full_name, "is gone")
        elif one is None:
            must = new.is_model and ways.sent and not python_types.fits("Unset", str(other))
            text = "is new and must be given" if must else "is new"
            yield _finding("field-added", full_name, text, case="required" if must else "")
        elif new.is_model or member == "=":
            if not python_types.equal(one, other):
                case = "as it travels" if ways.fits(one, other) else ""
                yield _changed("field-type-changed", full_name, before=one, after=other, case=case)
        elif one != other:
            yield _changed("field-type-changed", full_name, before=one, after=other)


def _changed(kind: str, full_name: str, *, before: str, after: str, case: str = "") -> Finding:
    text = f"was {backquoted(before)} and is {backquoted(after)} now"
    return _finding(kind, full_name, text, before=before, after=after, case=case)
