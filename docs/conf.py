"""How Sphinx makes the site out of the Markdown of `python -m generator docs`."""

from pathlib import Path
from typing import Any

project = "annoport"
author = "The annoport maintainers"
extensions = ["myst_nb", "sphinx_copybutton"]
# Every link within the site leads to a label: asking no other domain saves seconds.
myst_ref_domains = ["std"]
# `page.md#a-heading` leads there.
myst_heading_anchors = 2
# Notebooks are kept without outputs: those that are shown are what the code gives now.
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = -1  # a slow machine takes the time that it takes

html_theme = "furo"
html_title = "annoport"
html_favicon = "_static/icon.svg"
html_search_scorer = str(Path(__file__).parent / "_static" / "scorer.js")
html_static_path = ["_static"]
# Nobody reads the pages as source, and there are no Python objects for an index.
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_show_copyright = False
html_use_index = False
# Quotes and dashes stay as they are written: many stand beside code.
smartquotes = False
pygments_style = "friendly"
pygments_dark_style = "monokai"


def _fold(_app: Any, _page: str, _template: str, context: Any, _doctree: Any) -> None:
    """Let the list of pages beside a page be open at that page only.

    With all of them it would be most of each page, and a third of the site.
    """
    toctree = context["toctree"]

    def folded(**options: Any) -> Any:
        return toctree(**{**options, "collapse": True})

    context["toctree"] = folded


def setup(app: Any) -> None:
    """Come before the theme, which makes that list."""
    app.connect("html-page-context", _fold, priority=400)
