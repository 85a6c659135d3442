"""Text as MyST Markdown: whatever a spec contains, it cannot mark up anything but code."""

from __future__ import annotations

import re

# A backslash makes any of these a plain character. Braces, dollars and percent signs are among
# them because MyST has roles, mathematics and comments.
_MARKS = re.compile(r"([\\`*_{}\[\]()<>#+=~^|$%&!@-])")
_NUMBERED = re.compile(r"\A(\d+)\.")
_CODE = re.compile(r"`([^`\n]+)`")
_INDENT = "    "


def prose(text: str) -> str:
    """Return one paragraph of text; what is between backticks stays code."""
    parts = _CODE.split(" ".join(text.split()))
    done = [code(part) if position % 2 else _plain(part) for position, part in enumerate(parts)]
    return "".join(done)


def code(text: str) -> str:
    """Return inline code, with a fence longer than any run of backticks inside."""
    line = " ".join(text.split())
    longest = max((len(run) for run in re.findall("`+", line)), default=0)
    fence = "`" * (longest + 1)
    space = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{space}{line}{space}{fence}"


def block(source: str, language: str = "python") -> str:
    """Return a block of code."""
    longest = max((len(run) for run in re.findall("`+", source)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{source}\n{fence}"


def paragraphs(text: str) -> str:
    """Return several paragraphs, separated by empty lines; indented ones are code."""
    parts = [part for part in re.split(r"\n[ \t]*\n", text.strip("\n")) if part.strip()]
    return "\n\n".join(_paragraph(part) for part in parts)


def _paragraph(part: str) -> str:
    lines = part.split("\n")
    if all(line.startswith(_INDENT) for line in lines):
        return block("\n".join(line.removeprefix(_INDENT) for line in lines))
    return prose(part)


def _plain(text: str) -> str:
    escaped = _MARKS.sub(r"\\\1", text)
    # Three colons at the start of a line open a directive; two are harmless.
    return _NUMBERED.sub(r"\1\.", escaped.replace(":::", r"\:::"))
