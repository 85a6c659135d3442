"""From templates to pages of Markdown."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from typing import Any

import jinja2

from generator.docs import docstrings, markdown, signatures
from generator.docs.linking import Linker
from generator.output import render


def environment(labels: Mapping[str, str]) -> jinja2.Environment:
    """Return templates with what pages need; `labels`: name of a type -> label of its place."""
    result = render.environment()
    filters: dict[str, Any] = result.filters
    filters |= {
        "block": markdown.block,
        "code": markdown.code,
        "double_quoted": signatures.double_quoted,
        "evaluated": ast.literal_eval,
        "first_line": _first_line,
        "linked": Linker(labels).linked,
        "paragraphs": markdown.paragraphs,
        "prose": markdown.prose,
        "sections": docstrings.sections,
        "signature": _signature,
    }
    return result


def page(environment: jinja2.Environment, template: str, **context: Any) -> str:
    """Return a page; templates may contain too many empty lines."""
    text = environment.get_template(f"docs/{template}").render(**context)
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def _signature(arguments: str, returns: str) -> signatures.Signature:
    return signatures.parse(arguments, returns.strip())


def _first_line(text: str) -> str:
    """Return a signature as the head of a list item, without the arguments described below it."""
    first, *rest = text.split("\n")
    return f"{first}...{rest[-1]}" if rest else first
