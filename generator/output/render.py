"""Writing a package: templates, ruff, and a swap that leaves no stale file."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path
from typing import Any

import attrs
import jinja2

from generator.errors import GeneratorError
from generator.paths import SCRATCH, TEMPLATES
from generator.python.names import doc_text, literal
from generator.python.package import Package

_LINE_LENGTH = 100
_EXCERPT = 2000


def render(package: Package, destination: Path) -> None:
    """Write the package into `destination`, replacing what is there in one move.

    Raises:
        GeneratorError: ruff rejects the generated code.
    """
    destination.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=SCRATCH, dir=destination.parent) as scratch:
        fresh = Path(scratch) / destination.name
        for name, text in files(package).items():
            path = fresh / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
        _tidy(fresh)
        if destination.exists():
            destination.rename(Path(scratch) / "stale")
        fresh.rename(destination)


def files(package: Package) -> dict[str, str]:
    """Return the text of each file by its path inside the package's folder, before formatting."""
    pages = _Pages(package, environment())
    return pages.common() | pages.models() | pages.resources()


@attrs.frozen
class _Pages:
    """Fills the templates for one package; each method returns texts by path."""

    package: Package
    templates: jinja2.Environment

    def common(self) -> dict[str, str]:
        """Return what there is one of in every package."""
        module = self.package.module
        return {
            "pyproject.toml": self._page("pyproject.toml.jinja"),
            "README.md": self._page("README.md.jinja"),
            f"{module}/py.typed": "",
            f"{module}/__init__.py": self._page("init.py.jinja"),
            f"{module}/_client.py": self._page("client.py.jinja", prefix=""),
            f"{module}/_async_client.py": self._page("client.py.jinja", prefix="Async"),
            f"{module}/_platform.py": self._page("platform.py.jinja"),
            f"{module}/job_kinds.py": self._page("job_kinds.py.jinja"),
            f"{module}/_commands.py": self._page("commands.py.jinja"),
        }

    def models(self) -> dict[str, str]:
        """Return the modules of models, and what exports them."""
        package = self.package
        folder = f"{package.module}/models"
        text = f"Models of {package.title}: what it sends and what it takes."
        exports = self._exports("models", text, package.model_modules)
        return exports | {
            f"{folder}/{item.name}.py": self._page("model.py.jinja", module=item)
            for item in package.modules
        }

    def resources(self) -> dict[str, str]:
        """Return the modules of resources and operations, and what exports them."""
        package = self.package
        names = [
            (prefix + resource.class_name, resource.name)
            for resource in package.resources
            for prefix in ("", "Async")
        ]
        text = f"Resources of {package.title}: groups of operations."
        result = self._exports("resources", text, sorted(names))
        operations = f"{package.module}/operations"
        result[f"{operations}/__init__.py"] = self._page("operations_init.py.jinja")
        for resource in package.resources:
            path = f"{resource.name}.py"
            result[f"{operations}/{path}"] = self._page("operations.py.jinja", resource=resource)
            result[f"{package.module}/resources/{path}"] = self._page(
                "resource.py.jinja", resource=resource
            )
        return result

    def _exports(self, folder: str, text: str, names: list[tuple[str, str]]) -> dict[str, str]:
        module = self.package.module
        page = self._page(
            "lazy_init.py.jinja", text=text, parent=f"{module}.{folder}", exports=names
        )
        return {f"{module}/{folder}/__init__.py": page}

    def _page(self, template: str, **context: Any) -> str:
        return self.templates.get_template(template).render(package=self.package, **context)


def environment() -> jinja2.Environment:
    """Return the templates, with filters that make any text safe where it is used."""
    result = jinja2.Environment(  # noqa: S701 - the output is Python, escaped by filters
        loader=jinja2.FileSystemLoader(TEMPLATES),
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
    )
    filters: dict[str, Any] = result.filters
    filters |= {
        "builtin": _builtin,
        "doc": _wrapped_doc,
        "literal": literal,
        "markdown": _markdown,
        "toml": _toml,
    }
    return result


def _wrapped_doc(text: str, indent: int) -> str:
    """Wrap text for a docstring; continuation lines are indented by `indent`."""
    lines = textwrap.wrap(
        doc_text(text),
        _LINE_LENGTH - indent - len('"""'),
        break_long_words=False,
        break_on_hyphens=False,
    )
    return f"\n{' ' * indent}".join(lines)


def _builtin(source: str, *, hidden: bool) -> str:
    """Write `builtins.list` where a method called `list` hides the type."""
    return re.sub(r"\blist\[", "builtins.list[", source) if hidden else source


def _markdown(text: str) -> str:
    return re.sub(r"([\\`*_{}\[\]<>()#+!|-])", r"\\\1", " ".join(text.split()))


def _toml(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    printable = (c if c.isprintable() else f"\\U{ord(c):08x}" for c in escaped)
    return '"' + "".join(printable) + '"'


def _tidy(folder: Path) -> None:
    """Drop unused imports and format, so that templates may import too much."""
    settings = ["--config", str(TEMPLATES / "ruff.toml"), "--no-cache"]
    fix = ["check", "--fix", "--quiet", "--output-format", "concise", *settings]
    for command in (fix, ["format", "--quiet", *settings]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, str(folder)],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            said = (done.stdout + done.stderr)[:_EXCERPT]
            raise GeneratorError(f"ruff {command[0]} rejects {folder.name}:\n{said}")
