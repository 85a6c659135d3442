"""The reference of the hand-written layer, read from its source without importing it.

A page in docs/ says where names are described:

    ```{api} annoport
    Job
    Pager
    ```

Such a block is replaced by the description of these names, from their signatures and docstrings.
"""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

import attrs
import griffe

from generator.docs import pages, signatures
from generator.docs.signatures import Signature
from generator.errors import GeneratorError
from generator.paths import ROOT

_BLOCK = re.compile(r"^```\{api\} ([\w.]+)\n((?:[\w ]+\n)+)```$", re.MULTILINE)
_ATTRIBUTES = re.compile(r"^Attributes:\n(?: +.*\n?|\n)+", re.MULTILINE)
# A name is described where a program imports it from: the first of these that has it.
_CORE = "annoport.core"
_FRONT_DOORS = {"annoport": ("annoport", _CORE)}


@attrs.frozen(kw_only=True)
class Entry:
    """A name with everything that its page says about it.

    Attributes:
        path: Where a program imports it from, or the class and the name of a member.
        code: How it is written: a signature, a value, or one line for each overload.
        signature: What it takes, where arguments are described.
        docstrings: Those of the class and of its `__init__`.
        bases: Public classes of which it has every member; these are described there.
        twin: The class whose methods are the same as this one's, awaited.
    """

    name: str
    path: str
    code: str
    docstrings: tuple[str, ...] = ()
    signature: Signature | None = None
    members: tuple[Entry, ...] = ()
    bases: tuple[str, ...] = ()
    twin: str = ""


def places(text: str) -> Iterator[tuple[str, str]]:
    """Return (module, name) of everything that a page describes."""
    for found in _BLOCK.finditer(text):
        for name in found[2].split():
            yield found[1], name


def labels(texts: Mapping[str, str]) -> dict[str, str]:
    """Return the label of each name's place, for all pages."""
    return {name: label(module, name) for text in texts.values() for module, name in places(text)}


def label(module: str, name: str) -> str:
    """Return the label of a name's place; labels ignore case, but `UNSET` is not `Unset`."""
    return f"{module}.{name}" + (".constant" if name.isupper() else "")


def expand(text: str, labels: Mapping[str, str]) -> str:
    """Return a page with its blocks replaced by descriptions."""
    environment = pages.environment(labels)

    def described(found: re.Match[str]) -> str:
        entries = [entry(found[1], name) for name in found[2].split()]
        return pages.page(
            environment, "names.md.jinja", module=found[1], entries=entries, label=label
        )

    return _BLOCK.sub(described, text)


def entry(module: str, name: str) -> Entry:
    """Return the description of a public name."""
    for door in _FRONT_DOORS.get(module, (module,)):
        found = _members(door).get(name)
        if found is not None:
            return _described(found, f"{door}.{name}")
    raise GeneratorError(f"{module} has no public name {name!r}; correct the page in docs/")


@functools.cache
def _loader() -> griffe.GriffeLoader:
    """Return one loader for all packages, because they refer to each other."""
    folders = [ROOT, *(ROOT / "generated").glob("annoport-*")]
    loader = griffe.GriffeLoader(search_paths=folders, allow_inspection=False)
    loader.load("annoport")
    return loader


@functools.cache
def _source(package: str) -> griffe.Module:
    loaded = _loader().load(package)
    _loader().resolve_aliases(implicit=True)
    if not isinstance(loaded, griffe.Module):
        raise GeneratorError(f"{package} is not a package")
    return loaded


def _members(module: str) -> Mapping[str, griffe.Object | griffe.Alias]:
    package, _, rest = module.partition(".")
    found = _source(package)[rest] if rest else _source(package)
    return {name: item for name, item in found.members.items() if not name.startswith("_")}


def _described(item: griffe.Object | griffe.Alias, path: str) -> Entry:
    target = item.final_target if isinstance(item, griffe.Alias) else item
    if isinstance(target, griffe.Class):
        return _class(target, path)
    if isinstance(target, griffe.Function):
        return _function(target, path)
    if isinstance(target, griffe.Attribute):
        return _value(target, path)
    raise GeneratorError(f"{path} is a {target.kind.value}, which no page can describe")


def _class(item: griffe.Class, path: str) -> Entry:
    made = _constructor(item)
    initial = item.all_members.get("__init__")
    initials = [initial.docstring.value] if made and initial and initial.docstring else []
    bases = [str(base) for base in item.bases if str(base) in _members(_CORE)]
    inherited: Iterable[str] = () if bases or _is_raised(item) else _inherited_attributes(item)
    own = [item.docstring.value] if item.docstring else []
    shown = f"({', '.join(str(base) for base in item.bases)})" if _is_raised(item) else ""
    return Entry(
        name=item.name,
        path=path,
        code=made.formatted(path) if made else f"class {path}{shown}",
        signature=made,
        docstrings=("\n\n".join([*own, *inherited]), *initials),
        members=tuple(_public(item, bases)),
        bases=() if _is_raised(item) else tuple(bases),
        twin=item.name.removeprefix("Async") if item.name.startswith("Async") else "",
    )


def _is_raised(item: griffe.Class) -> bool:
    """Whether it is an error or a warning."""
    return item.name.endswith(("Error", "Warning"))


def _constructor(item: griffe.Class) -> Signature | None:
    """Return how it is made; None if a program never makes it, such as errors and results."""
    initial = item.all_members.get("__init__")
    if initial is None:
        fields = ", ".join(_fields(item))
        return signatures.parse(fields) if fields else None
    made = attrs.evolve(_signature(initial), returns="")
    given = list(made.annotations)[:1]
    return None if _is_raised(item) or given == ["client"] else made


def _fields(item: griffe.Class) -> Iterator[str]:
    """Return the arguments of the `__init__` that attrs writes."""
    decorators = [str(decorator.value) for decorator in item.decorators]
    if any("kw_only=True" in decorator for decorator in decorators):
        yield "*"
    for name, attribute in item.attributes.items():
        is_field = decorators and attribute.annotation and "instance-attribute" in attribute.labels
        if is_field and not name.startswith("_"):
            default = "" if attribute.value is None else _default(str(attribute.value))
            yield f"{name}: {attribute.annotation}" + (f" = {default}" if default else "")


def _default(value: str) -> str:
    """Return what an argument is if it is left out; empty if it must be given."""
    call = ast.parse(value, mode="eval").body
    if not isinstance(call, ast.Call) or ast.unparse(call.func) not in ("attrs.field", "field"):
        return value
    given = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
    return "..." if "factory" in given else given.get("default", "")


def _inherited_attributes(item: griffe.Class) -> Iterator[str]:
    """Return what the bases say about the attributes that a class has from them."""
    for base in item.mro():
        found = _ATTRIBUTES.search(base.docstring.value if base.docstring else "")
        if found:
            yield found[0]


def _public(item: griffe.Class, bases: Sequence[str]) -> Iterator[Entry]:
    """Return the documented members, and inherited ones unless a base has a place.

    The bases of errors have one: they are errors.
    """
    own = bool(bases) or _is_raised(item)
    for name, member in (item.members if own else item.all_members).items():
        if name.startswith("_") or member.docstring is None:
            continue
        target = member.final_target if isinstance(member, griffe.Alias) else member
        path = f"{item.name}.{name}"
        if isinstance(target, griffe.Function):
            yield _function(target, path)
        elif isinstance(target, griffe.Attribute):
            yield _value(target, path)


def _function(item: griffe.Function, path: str) -> Entry:
    signature = _signature(item)
    several = [_signature(each).formatted(path) for each in item.overloads or ()]
    return Entry(
        name=item.name,
        path=path,
        code="\n".join(several or [_prefix(item) + signature.formatted(path)]),
        signature=signature,
        docstrings=(item.docstring.value,) if item.docstring else (),
    )


def _prefix(item: griffe.Function) -> str:
    return "async " if "async" in item.labels else ""


def _signature(item: griffe.Object | griffe.Alias) -> Signature:
    if not isinstance(item, griffe.Function | griffe.Alias):
        raise TypeError(f"{item.path} is not a function")
    given = _with_figures(str(item.signature(return_type=False, name="_")), item)
    returns = str(item.returns or "")
    if any(str(decorator.value).startswith("contextlib.") for decorator in item.decorators):
        returns = re.sub(r"^(Async)?Generator\[", r"Abstract\1ContextManager[", returns)
    return signatures.parse(given.removeprefix("_(").removesuffix(")"), returns)


def _with_figures(signature: str, item: griffe.Object | griffe.Alias) -> str:
    """Return a signature with the values that its constants stand for."""

    def figure(found: re.Match[str]) -> str:
        constant = item.module.members.get(found[1])
        target = constant.final_target if isinstance(constant, griffe.Alias) else constant
        value = str(target.value) if isinstance(target, griffe.Attribute) else ""
        return f"= {value}" if re.fullmatch(r"[\d._]+", value) else found[0]

    return re.sub(r"= (_?[A-Z][A-Z_]+)\b", figure, signature)


def _value(item: griffe.Attribute, path: str) -> Entry:
    if item.annotation is not None and str(item.annotation) != "TypeAlias":
        code = f"{path}: {item.annotation}"
    else:
        code = f"{path} = {item.value}"
    return Entry(
        name=item.name,
        path=path,
        code=signatures.double_quoted(code),
        docstrings=(item.docstring.value,) if item.docstring else (),
    )
