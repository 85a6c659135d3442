# Derived from _async/__init__.py by tools/unasync.py: change that file instead.
"""What takes several requests of EcoTaxa, for `Client`."""
