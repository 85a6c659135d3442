"""What a piece of code on a page names, looked up in the packages without running it."""

from __future__ import annotations

import ast
import functools
import importlib
import inspect
import re
from collections.abc import Callable
from typing import Any

from annoport import Job, Pager, RemoteFile, RemoteUrl, Response, filters, torch, vision

_MODULES = (
    "batches",
    "cvat",
    "ecotaxa",
    "errors",
    "functions",
    "tables",
    "tator",
    "testing",
    "vision",
)
_INSTANCES = {
    "dataset": vision.Dataset,
    "job": Job,
    "sample": vision.Sample,
    "source": vision.Source,
}
_ANSWERS = {
    "Job": Job,
    "Pager": Pager,
    "RemoteFile": RemoteFile,
    "RemoteUrl": RemoteUrl,
    "Response": Response,
}


class UnknownNameError(Exception):
    """A page names something that is not there."""


class Names:
    """The names that a page may use.

    Args:
        platform: The one whose client the page calls `client`.
    """

    def __init__(self, platform: str) -> None:
        self._platform = platform

    def check(self, source: str) -> None:
        """Look up every name that an expression takes from the packages.

        Names of other things, such as `path`, stand for values that a reader has. A class stands
        alone only if it is one of annoport.torch, which cannot be looked into without torch.

        Raises:
            UnknownNameError: One is not there, or a call has an argument that it does not take.
            SyntaxError: It is no expression.
        """
        self._value(ast.parse(source, mode="eval").body)

    def _value(self, node: ast.expr) -> Any:
        """Return what an expression stands for, or its class; None if that is open."""
        match node:
            case ast.Name(id=name):
                return self._root(name)
            case ast.Attribute(value=inner, attr=name):
                return self._member(self._value(inner), inner, name)
            case ast.Call():
                return self._call(node)
            case ast.Subscript(value=ast.Name(id="F")):
                return filters.Field
            case _:
                for child in ast.iter_child_nodes(node):
                    if isinstance(child, ast.expr):
                        self._value(child)
                return None

    def _root(self, name: str) -> Any:
        if name in _MODULES:
            return importlib.import_module(f"annoport.{name}")
        if name == "annoport":
            return importlib.import_module(name)
        if name == "client":
            return importlib.import_module(f"annoport.{self._platform}").Client
        if name[0].isupper() and name not in (*torch.__all__, "PIL"):
            raise UnknownNameError(f"there is no {name}: write where it is from")
        return _INSTANCES.get(name)

    def _member(self, holder: Any, node: ast.expr, name: str) -> Any:
        if holder is None:
            return None
        if inspect.ismodule(holder):
            try:
                return getattr(holder, name)
            except AttributeError:
                return self._submodule(holder.__name__, name)
        found = inspect.getattr_static(holder, name, None)
        if found is None and name not in getattr(holder, "__annotations__", {}):
            raise UnknownNameError(f"{ast.unparse(node)} has no {name}")
        if isinstance(found, functools.cached_property):
            kind = str(found.func.__annotations__["return"]).removeprefix("resources.")
            return getattr(importlib.import_module(f"annoport_{self._platform}.resources"), kind)
        return getattr(holder, name) if callable(found) or isinstance(found, classmethod) else None

    def _submodule(self, package: str, name: str) -> Any:
        try:
            return importlib.import_module(f"{package}.{name}")
        except ModuleNotFoundError as error:
            raise UnknownNameError(f"{package} has no {name}") from error

    def _call(self, node: ast.Call) -> Any:
        called = self._value(node.func)
        for argument in [*node.args, *(keyword.value for keyword in node.keywords)]:
            self._value(argument)
        if called is None or not callable(called):
            return None
        try:
            self._bind(node, called)
        except TypeError as error:
            raise UnknownNameError(f"{ast.unparse(node)}: {error}") from error
        return self._answer(called)

    def _bind(self, node: ast.Call, called: Callable[..., Any]) -> None:
        """Let the arguments of a call find their parameters; a method is not bound yet."""
        is_method = inspect.isfunction(called) and "." in called.__qualname__
        values = [None] * (len(node.args) + is_method)
        named = {keyword.arg: None for keyword in node.keywords if keyword.arg}
        inspect.signature(called).bind(*values, **named)

    def _answer(self, called: Callable[..., Any]) -> Any:
        if inspect.isclass(called):
            return called
        returns = str(getattr(called, "__annotations__", {}).get("return", ""))
        found = re.match(r"(models\.)?(\w+)", returns)
        if found is None:
            return None
        if found[1]:
            models = importlib.import_module(f"annoport_{self._platform}.models")
            return getattr(models, found[2])
        return _ANSWERS.get(found[2])
