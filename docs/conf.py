"""How Sphinx makes the site out of the Markdown that `python -m generator docs` writes."""

project = "annoport"
author = "The annoport maintainers"
extensions = ["myst_nb"]
# Every link within the site leads to a label: asking no other domain saves seconds.
myst_ref_domains = ["std"]
# Notebooks are kept without outputs: those that are shown are what the code gives now.
nb_execution_mode = "force"
nb_execution_raise_on_error = True

html_theme = "furo"
html_title = "annoport"
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
