"""The types of media, annotations, leaves and files, which define their attributes."""

from __future__ import annotations

import attrs

from annoport.testing.tator.state import Row, stable_uuid


@attrs.frozen(kw_only=True)
class TypeFamily:
    """A family of types.

    single, plural: the names in the paths. title: the name in messages.
    table, instances: names of tables. extra: fields beyond those that all types have.
    required: fields that a new type must have.
    """

    single: str
    title: str
    table: str
    instances: str
    extra: Row
    required: tuple[str, ...] = ("name",)
    numbered_update: bool = False

    @property
    def plural(self) -> str:
        """The name of several in paths."""
        return f"{self.single}s"


_MEDIA_EXTRA: Row = {
    "file_format": None,
    "default_volume": 0,
    "visible": True,
    "archive_config": None,
    "streaming_config": None,
    "overlay_config": None,
    "default_box": None,
    "default_line": None,
    "default_dot": None,
    "effective_permission": 0,
}
_LOCALIZATION_EXTRA: Row = {
    "color_map": None,
    "line_width": 3,
    "visible": True,
    "drawable": True,
    "grouping_default": True,
    "effective_permission": 0,
    "media": [],
}
_STATE_EXTRA: Row = {
    "interpolation": "latest",
    "association": "Frame",
    "visible": True,
    "grouping_default": True,
    "delete_child_localizations": False,
    "default_localization": None,
    "extended_info": {},
    "effective_permission": 0,
    "media": [],
}
FAMILIES = (
    TypeFamily(
        single="MediaType",
        title="Media type",
        table="media_types",
        instances="media",
        extra={"dtype": "image", **_MEDIA_EXTRA},
        required=("name", "dtype"),
    ),
    TypeFamily(
        single="LocalizationType",
        title="Localization type",
        table="localization_types",
        instances="localizations",
        extra={"dtype": "box", **_LOCALIZATION_EXTRA},
        required=("name", "dtype", "media_types"),
    ),
    TypeFamily(
        single="StateType",
        title="State type",
        table="state_types",
        instances="states",
        extra={"dtype": "state", **_STATE_EXTRA},
        required=("name", "media_types", "association"),
    ),
    TypeFamily(
        single="LeafType",
        title="Leaf type",
        table="leaf_types",
        instances="leaves",
        extra={"dtype": "leaf", "visible": True},
        numbered_update=True,
    ),
    TypeFamily(
        single="FileType", title="File type", table="file_types", instances="files", extra={}
    ),
)
_BY_TABLE = {family.table: family for family in FAMILIES}


def new_type(table: str, project: int, name: str, **more: object) -> Row:
    """Return the fields of a type for one of the `..._types` tables."""
    family = _BY_TABLE[table]
    row: Row = {"project": project, "name": name, "description": "", "attribute_types": []}
    identity = {"elemental_id": stable_uuid(table, project, name)}
    return {**row, **family.extra, **identity, **more}
