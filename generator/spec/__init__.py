"""The effective spec: a contract with its overlays applied, and what such a spec must satisfy."""
