"""The maintainers' tool: vendored specs and overlays in, generated packages out."""
