"""Helpers that know nothing of HTTP: workers, pauses, progress displays, lazy imports."""
