"""Functions by the name of a module, or by the path of a file."""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import importlib.util
import inspect
import os
import sys
from collections.abc import Callable, Generator, Iterable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from attrs import field, frozen

from annoport.core.errors import InvalidAnnotationError, InvalidArgumentError, InvalidFunctionError
from annoport.functions.protocol import Context, Spec
from annoport.vision.annotations import Annotation

Detect = Callable[[Sequence[Context], Sequence[Any]], Sequence[Sequence[Annotation]]]

_TYPES = ("str", "int", "float", "bool")
_BOOLS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


@frozen
class LoadedFunction:
    """A function with its name; `load` returns one.

    Attributes:
        name: What it is called, with its parameters.
        spec: What it may return.
        in_batches: Whether it looks at several pictures in one call.
    """

    name: str
    spec: Spec
    in_batches: bool
    _detect: Detect = field(repr=False)

    def detect_batch(
        self, contexts: Sequence[Context], images: Sequence[Any]
    ) -> Sequence[Sequence[Annotation]]:
        """Return what is in each of several pictures.

        Args:
            contexts: What there is to know about each picture.
            images: The pictures, each a `PIL.Image.Image`.
        """
        return self._detect(contexts, images)


def load(function: str | os.PathLike[str], /, **parameters: Any) -> LoadedFunction:
    """Return the function that a module is or makes.

    A module with `create` makes one: `create(**parameters)`. Any other is one itself, with `spec`
    and `detect` or `detect_batch`. Functions for cvat-sdk are taken as they are. The search path of
    modules stays as it is.

    Args:
        function: Name of a module, such as "annoport.functions.onnx"; or path of a file, which ends
            with ".py".
        parameters: What `create` gets.

    Raises:
        InvalidFunctionError: There is no such module or file, it does not take the parameters, or
            it has not what a function has.
    """
    text = os.fspath(function)
    is_file = not isinstance(function, str) or text.endswith(".py")
    name = text + "".join(f", {name}={value!r}" for name, value in parameters.items())
    with _named(name):
        made: Any = _of_file(name, Path(text)) if is_file else _of_module(name, text)
        create = getattr(made, "create", None)
        if create is not None:
            _check_parameters(name, create, parameters)
            made = create(**parameters)
        elif parameters:
            rule = f"it has no create() that would take {', '.join(parameters)}"
            raise InvalidFunctionError(name, rule)
        elif not hasattr(made, "spec"):
            rule = (
                "it has no spec, and no create() that returns an object with one; a class alone is "
                "not taken"
            )
            raise InvalidFunctionError(name, rule)
        return prepared(made, name)


def prepared(function: Any, name: str | None = None) -> LoadedFunction:
    """Return any function as one that has a name, and looks at several pictures.

    Args:
        function: The function.
        name: What to call it; by default its own `name`, or that of its class or module.

    Raises:
        InvalidFunctionError: It has not what a function has.
    """
    if isinstance(function, LoadedFunction):
        return function
    called = name or _name_of(function)
    spec = getattr(function, "spec", None)
    if _is_of_cvat_sdk(spec):
        from annoport.functions.cvat_sdk import from_cvat_sdk

        function = from_cvat_sdk(function)
        spec = function.spec
    if not isinstance(spec, Spec):
        has = "no spec" if spec is None else f"a spec of type {type(spec).__name__}"
        rule = f"it has {has}; expected annoport.functions.Spec(labels=...)"
        raise InvalidFunctionError(called, rule)
    detect_batch: Any = getattr(function, "detect_batch", None)
    if detect_batch is not None:
        return LoadedFunction(called, spec, True, detect_batch)  # noqa: FBT003 (a field)
    detect: Any = getattr(function, "detect", None)
    if detect is not None:
        return LoadedFunction(called, spec, False, _one_by_one(detect))  # noqa: FBT003 (a field)
    rule = "it has no detect(context, image) and no detect_batch(contexts, images)"
    raise InvalidFunctionError(called, rule)


def parse_parameters(texts: Iterable[str]) -> dict[str, str | int | float | bool]:
    """Return parameters for `load` that stand on a command line.

    Args:
        texts: Each as "name=type:value", where the type is str, int, float or bool, such as
            "model_name=str:fasterrcnn_resnet50_fpn_v2".

    Raises:
        InvalidArgumentError: One has another form, or its value is not of its type.
    """
    return dict(map(_parameter, texts))


def _parameter(text: str) -> tuple[str, str | int | float | bool]:
    name, equals, rest = text.partition("=")
    kind, colon, value = rest.partition(":")
    if not (name.isidentifier() and equals and colon and kind in _TYPES):
        raise InvalidArgumentError(
            f"parameter {text!r}: expected NAME=TYPE:VALUE, where TYPE is {', '.join(_TYPES)}"
        )
    if kind == "str":
        return name, value
    try:
        if kind == "bool":
            return name, _BOOLS[value.lower()]
        return name, int(value) if kind == "int" else float(value)
    except (ValueError, KeyError):
        raise InvalidArgumentError(f"parameter {text!r}: {value!r} is no {kind}") from None


# --------------------------------------------------------------------------- modules


@contextlib.contextmanager
def _named(name: str) -> Generator[None]:
    """Name the function in an error of its spec."""
    try:
        yield
    except InvalidAnnotationError as error:
        raise InvalidFunctionError(name, str(error)) from error


def _of_module(called: str, name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        missing = error.name or ""
        if name != missing and not name.startswith(f"{missing}."):
            raise
        rule = f"there is no module {missing!r}; a file is named with its ending .py"
        raise InvalidFunctionError(called, rule) from None


def _of_file(called: str, path: Path) -> ModuleType:
    if not path.is_file():
        raise InvalidFunctionError(called, "there is no such file")
    digest = hashlib.sha256(os.fsencode(path.resolve())).hexdigest()[:12]
    name = f"annoport_function_{digest}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise InvalidFunctionError(called, "it is no Python file: its name must end with .py")
    module = importlib.util.module_from_spec(spec)
    # Dataclasses and pickles look for the module of a class there.
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _check_parameters(name: str, create: Callable[..., Any], parameters: dict[str, Any]) -> None:
    try:
        signature = inspect.signature(create)
    except (TypeError, ValueError):  # of some classes written in C
        return
    try:
        signature.bind(**parameters)
    except TypeError as error:
        rule = f"create{signature} cannot be called so: {error}"
        raise InvalidFunctionError(name, rule) from None


def _name_of(function: Any) -> str:
    if isinstance(function, ModuleType):
        return function.__name__
    own = getattr(function, "name", None)
    return own if isinstance(own, str) and own else type(function).__qualname__


def _is_of_cvat_sdk(spec: object) -> bool:
    return type(spec).__module__.partition(".")[0] == "cvat_sdk"


def _one_by_one(detect: Callable[[Context, Any], Sequence[Annotation]]) -> Detect:
    def detect_batch(
        contexts: Sequence[Context], images: Sequence[Any]
    ) -> Sequence[Sequence[Annotation]]:
        return [detect(*each) for each in zip(contexts, images, strict=True)]

    return detect_batch
