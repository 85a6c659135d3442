"""Folders of tables and images, as people import them."""

from __future__ import annotations

from pathlib import Path

from annoport.testing.images import png

HEAD = "object_id\tobject_lat\tobject_area\timg_file_name\tobject_annotation_category"
TYPES = "[t]\t[f]\t[f]\t[t]\t[t]"
GOOD = ("one\t43.5\t1.5\ta.png\tCalanoida", "two\t43.5\t\tb.png\t")


def folder_of(
    place: Path,
    *rows: str,
    head: str = HEAD,
    types: str | None = TYPES,
    name: str = "leg/ecotaxa_leg.tsv",
    encoding: str = "utf-8-sig",
) -> Path:
    """Make a folder with a table of these rows, and images beside it."""
    path = place / name
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [head, *([] if types is None else [types]), *rows]
    path.write_text("".join(f"{line}\n" for line in lines), encoding=encoding)
    for image in ("a.png", "b.png"):
        (path.parent / image).write_bytes(png(4, 4))
    return place
