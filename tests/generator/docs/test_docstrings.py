"""Docstrings, taken apart."""

from __future__ import annotations

from generator.docs.docstrings import Section, sections

_DOCSTRING = """List the tasks.

    Of all projects.

    Args:
        page: Which page: the first is 1,
            the last is unknown.
        size: How many.

    Returns:
        A pager: iterate it.

    Raises:
        ApiError: on an error status.

    Source: GET /api/tasks
    """


def test_the_sections_of_a_docstring() -> None:
    text, arguments, returns, raises, source = sections(_DOCSTRING)
    assert text == Section("text", "List the tasks.\n\nOf all projects.")
    assert arguments.items == (
        ("page", "Which page: the first is 1,\nthe last is unknown."),
        ("size", "How many."),
    )
    assert returns == Section("returns", "A pager: iterate it.")
    assert raises.items == (("ApiError", "on an error status."),)
    assert source == Section("text", "Source: GET /api/tasks")


def test_attributes() -> None:
    [_, attributes] = sections("A task.\n\nAttributes:\n    id: Its number.\n")
    assert attributes == Section("attributes", items=(("id", "Its number."),))


def test_no_line_is_lost_that_looks_like_a_section() -> None:
    shown = " ".join(
        section.text for section in sections("Do it.\n\nfile: a path,\n    or bytes.\n")
    )
    assert "File: a path, or bytes." in shown
