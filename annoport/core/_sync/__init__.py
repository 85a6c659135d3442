# Derived from _async/__init__.py by tools/unasync.py: change that file instead.
"""The sync shells: all input and output."""
