"""Where the generator finds its input and puts its output, whatever folder it is run from."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SPECS = ROOT / "specs"
TEMPLATES = ROOT / "templates"
GENERATED = ROOT / "generated"
# The prefix of unfinished output.
SCRATCH = ".regen-"
