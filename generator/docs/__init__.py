"""The sources of the documentation site: hand-written pages, and a reference made from code.

Everything here ends up as Markdown in a folder. Sphinx, which turns that into a site, has an
environment of its own (`make docs`).
"""
