"""Small platforms in a folder of the test's: vendored, generated and imported."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

import attrs
import yaml

from generator.contract import vendor
from generator.output.regen import regenerate
from generator.python import build
from generator.python.package import Package
from generator.spec import effective

PLATFORM: dict[str, Any] = {
    "title": "Small",
    "env_prefix": "SMALL",
    "example_url": "https://small.example.org",
    "credentials": {"token": {}},
}
_HEADING = f"# {'-' * 66} platform\n\n"


@attrs.frozen
class Small:
    """A folder of specs and packages.

    Attributes:
        folder: The folder.
    """

    folder: Path

    @property
    def specs(self) -> Path:
        """The folder with one folder for each platform."""
        return self.folder / "specs"

    def vendor(self, name: str, document: Path, *actions: dict[str, Any], **platform: Any) -> None:
        """Take over a document, and write its overlay.

        Args:
            name: The name of the platform.
            document: The upstream document.
            actions: Actions of the overlay after that which sets `x-annoport-platform`.
            platform: What else that says, or says otherwise.
        """
        vendor.vendor(name, str(document), specs=self.specs)
        first = {
            "target": "$",
            "description": "What every platform says.",
            "update": {"x-annoport-platform": PLATFORM | platform},
        }
        self.write(name, "overlay.yaml", [first, *actions])

    def write(self, name: str, file: str, actions: list[dict[str, Any]]) -> None:
        """Write an overlay into the folder of a platform."""
        folder = self.specs / name
        folder.mkdir(parents=True, exist_ok=True)
        head = {"overlay": "1.1.0", "info": {"title": name, "version": "1"}}
        text = yaml.safe_dump(head, sort_keys=False) + "actions:\n\n" + _HEADING
        (folder / file).write_text(text + yaml.safe_dump(actions, sort_keys=False))

    def package(self, name: str) -> Any:
        """Return the generated package of a platform, with every model and operation loaded."""
        regenerate([name], specs=self.specs, output=self.folder / "generated")
        path = str(self.source(name))
        if path not in sys.path:
            sys.path.insert(0, path)
        made = importlib.import_module(f"annoport_{name}")
        described = self.described(name)
        for model, _ in described.model_modules:
            getattr(made.models, model)
        for operation in described.operations:
            made.Client.operation(operation.id)
        return made

    def described(self, name: str) -> Package:
        """Return what the package of a platform consists of."""
        return build.build(name, effective.load(name, self.specs), release="1")

    def source(self, name: str) -> Path:
        """Return the folder of a generated package."""
        return self.folder / "generated" / f"annoport-{name}"

    def clear(self) -> None:
        """Let nobody import these packages any more."""
        for path in [path for path in sys.path if path.startswith(str(self.folder))]:
            sys.path.remove(path)
        for name in [name for name in sys.modules if self._is_ours(name)]:
            del sys.modules[name]

    def _is_ours(self, name: str) -> bool:
        origin = getattr(sys.modules[name], "__file__", None)
        return origin is not None and origin.startswith(str(self.folder))
