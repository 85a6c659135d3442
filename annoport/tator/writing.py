"""Localizations and tracks that are written to a medium, in one version."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property, partial
from typing import Any

from attrs import define, evolve, field

from annoport.core import Unset
from annoport.errors import (
    AnnoportError,
    InvalidAnnotationError,
    InvalidArgumentError,
    NotFoundError,
    PartialWriteError,
)
from annoport.tator._sync.create import create_localizations, create_states
from annoport.tator._sync.selections import delete
from annoport.tator.annotations import Converter
from annoport.tator.checks import check_figures
from annoport.tator.made_by_models import is_of_model, new_id
from annoport.tator.names import listed
from annoport.tator.parts import MOST, with_field
from annoport.tator.selections import where
from annoport.vision import Annotation, Shape, Track, interpolate
from annoport.vision.sources import Media, WriteMode
from annoport.vision.writing import AUTO, Step, carry_out, check_write, replaced
from annoport_tator import Client, models

_PLATFORM = "tator"
_DTYPES = {"box": "box", "polyline": "line", "points": "dot", "polygon": "poly"}


def only_version(client: Client, project: int, versions: Sequence[int], name: str) -> int:
    """Return the only version of a source, which is the one that is written.

    Args:
        client: A client of Tator; the server is asked if the source does not say.
        project: The project of the source.
        versions: The versions of the source; empty for all.
        name: What messages call it.

    Raises:
        InvalidArgumentError: There are several.
    """
    if len(versions) == 1:
        return versions[0]
    known = client.versions.list(project)
    meant = [one for one in known if not versions or one.id in versions]
    if len(meant) == 1:
        return meant[0].id
    raise InvalidArgumentError(
        f"{name}: the source has {len(meant)} versions, and one of them is to be written: "
        f"pass versions= with that one; {listed(meant)}"
    )


@define(kw_only=True, slots=False)
class Place:
    """A medium that annotations go to.

    Attributes:
        client: Sends the requests.
        name: What it is called.
        medium: The medium.
        media: Its frames.
        converter: Knows its size and the types of localizations.
        label: The attribute that says what a localization is; None for the name of its type.
        versions: The versions of the source; empty for all.
        shown: Returns a localization as the source shows it; raises if it does not.
    """

    client: Client = field(repr=False)
    name: str
    medium: models.Media = field(repr=False)
    media: Media = field(repr=False)
    converter: Converter = field(repr=False)
    label: str | None
    versions: tuple[int, ...]
    shown: Any = field(repr=False)

    def write(
        self, annotations: Sequence[Annotation], *, frames: Sequence[int], mode: WriteMode
    ) -> None:
        """Write shapes and tracks, as `annoport.vision.Part.write` says."""
        check_write(self.name, self.media, annotations, frames=frames, mode=mode)
        version = only_version(self.client, self._project, self.versions, self.name)
        auto = mode == "replace_auto"
        shapes: list[tuple[Annotation, models.LocalizationSpec]] = []
        tracks: list[_Track] = []
        for one in annotations:
            made = auto if one.source is None else one.source == AUTO
            if isinstance(one, Track):
                tracks.append(self._track(one, frozenset(frames), version, made=made))
            elif isinstance(one, Shape):
                shapes.append((one, self._spec(one, version, made=made)))
            else:
                rule = f"is {one.kind}, but Tator has localizations and tracks of them"
                raise InvalidAnnotationError(str(one), "kind", rule)
        steps = [self._shape_step(shapes[at : at + MOST]) for at in range(0, len(shapes), MOST)]
        steps += [Step((one.track,), partial(self._create_track, one)) for one in tracks]
        localizations: list[int] = []
        states: list[int] = []
        if mode != "append":
            localizations, states = self._gone(version, frames, mode)

        def remove() -> None:
            if localizations:
                delete(self.client, self._project, "localizations", where(ids=localizations))
            if states:
                delete(self.client, self._project, "states", where(ids=states))

        carry_out(self.name, steps, mode=mode, remove=remove if localizations or states else None)

    @property
    def _project(self) -> int:
        return self.medium.project

    # ----------------------------------------------------------------- what is created

    def _shape_step(self, pairs: Sequence[tuple[Annotation, models.LocalizationSpec]]) -> Step:
        specs = [spec for _, spec in pairs]
        send = partial(create_localizations, self.client, self._project, specs, check=False)
        return Step([one for one, _ in pairs], send)

    def _spec(
        self, shape: Shape, version: int, *, made: bool, kind: models.LocalizationType | None = None
    ) -> models.LocalizationSpec:
        """Return a shape as a new localization."""
        known = self._attributed(shape) if kind is None else evolve(shape, label=str(kind.name))
        spec = self.converter.to_localization(evolve(known, id=None, raw=_figures(shape)))
        check_figures(spec, shape, (self.converter.width, self.converter.height))
        spec.version = version
        if made:
            spec.elemental_id = new_id()
        return spec

    def _attributed(self, shape: Shape) -> Shape:
        """Return a shape with the name of its type as its label."""
        if self.label is None:
            return shape
        fitting = [
            one
            for one in self._types_for(shape.kind)
            if any(each.name == self.label for each in one.attribute_types or ())
        ]
        remembered = shape.raw.get(_PLATFORM, {}).get("type")
        fitting = [one for one in fitting if one.id == remembered] or fitting
        kind = _only(fitting, f"with the attribute {self.label!r} for {shape.kind}", shape)
        attributes = {**shape.attributes, self.label: shape.label}
        return evolve(shape, label=str(kind.name), attributes=attributes)

    def _types_for(self, kind: str) -> list[models.LocalizationType]:
        return [
            one
            for one in self.converter.localization_types
            if one.dtype == _DTYPES.get(kind) and _is_for(one, self.medium)
        ]

    # ----------------------------------------------------------------- tracks

    @cached_property
    def _tracks_of(self) -> tuple[models.StateType, ...]:
        """The types of states that are tracks on such a medium."""
        return tuple(
            one
            for one in self.client.state_types.list(self._project)
            if one.association == "Localization" and _is_for(one, self.medium)
        )

    def _track(self, track: Track, frames: frozenset[int], version: int, *, made: bool) -> _Track:
        """Return a track with its localizations, one for each frame that it is in view on."""
        state_type = _named(self._tracks_of, track.label) or _only(
            self._tracks_of, "for tracks", track
        )
        members = [
            one
            for one in interpolate(track, self.media.size, deleted=self.media.deleted)
            if one.frame in frames and not one.outside
        ]
        shapes = [self._member(track, one, state_type) for one in members]
        specs = [
            self._spec(shape, version, made=made, kind=kind)
            if kind
            else self._spec(shape, version, made=made)
            for shape, kind in shapes
        ]
        known = {str(one.name) for one in state_type.attribute_types or ()}
        given = dict(track.attributes)
        for name in given:
            if name not in known and not any(name in shape.attributes for shape, _ in shapes):
                rule = f"type {state_type.name!r} has no such attribute, and Tator would drop it"
                raise InvalidAnnotationError(str(track), f"attributes[{name!r}]", rule)
        if self.label in known:
            given[str(self.label)] = track.label
        state = evolve(
            track,
            label=state_type.name,
            shapes=[evolve(one, label=state_type.name) for one in track.shapes],
            id=None,
            raw={},
            attributes={name: value for name, value in given.items() if name in known},
        )
        converter = evolve(self.converter, state_types=self._tracks_of)
        spec = converter.to_state(state, [])
        spec.version = version
        if made:
            spec.elemental_id = new_id()
        return _Track(track=track, members=specs, state=spec)

    def _member(
        self, track: Track, shape: Shape, state_type: models.StateType
    ) -> tuple[Shape, models.LocalizationType | None]:
        """Return a shape of a track with what its type keeps, and its type if the label is none."""
        if self.label is not None:
            own = self._attributed(shape)
            kind = _named(self.converter.localization_types, own.label)
        else:
            own = shape
            kind = _named(self.converter.localization_types, track.label)
            if kind is None:
                fitting = self._types_for(shape.kind)
                default = [one for one in fitting if one.id == state_type.default_localization]
                kind = _only(default or fitting, f"for {shape.kind}", shape)
        known = {str(one.name) for one in (kind.attribute_types if kind else None) or ()}
        # The track's own attributes are on each of its shapes; the type may not have them.
        kept = {
            name: value
            for name, value in own.attributes.items()
            if name in known or name not in track.attributes
        }
        return evolve(own, attributes=kept), kind

    def _create_track(self, track: _Track) -> None:
        """Create a track and its localizations, which go again if there is no track of them."""
        client, project = self.client, self._project
        made: Sequence[int] = ()
        try:
            made = create_localizations(client, project, track.members, check=False)
            state = with_field(track.state, "localization_ids", list(made))
            create_states(client, project, [state], check=False)
        except AnnoportError as error:
            if isinstance(error, PartialWriteError):
                made = error.done
            if made and not error.may_be_done:
                delete(client, project, "localizations", where(ids=made))
            if isinstance(error.__cause__, AnnoportError):
                raise error.__cause__ from None
            raise

    # ----------------------------------------------------------------- what is replaced

    def _gone(
        self, version: int, frames: Sequence[int], mode: WriteMode
    ) -> tuple[list[int], list[int]]:
        """Return the ids of the localizations and of the states that are replaced."""
        query: dict[str, Any] = {"media_id": [self.medium.id], "version": [version]}
        rows = {row.id: row for row in self.client.localizations.list(self._project, **query)}
        states = [
            row for row in self.client.states.list(self._project, **query) if row.localizations
        ]
        shown = {number: one for number, row in rows.items() if (one := self._shown(row))}
        written, auto = frozenset(frames), mode == "replace_auto"
        tracked: set[int] = set()
        localizations: list[int] = []
        gone: list[int] = []
        for state in states:
            members = self._members(state, rows)
            tracked |= members
            whole = {rows[number].frame for number in members} <= written
            made = is_of_model(state) and all(is_of_model(rows[number]) for number in members)
            if whole and members <= shown.keys() and (made or not auto):
                gone.append(state.id)
                localizations += sorted(members)
        alone = [one for number, one in shown.items() if number not in tracked]
        kept = {id(one) for one in replaced(alone, self.media, frames, mode)}
        localizations += [number for number, one in shown.items() if id(one) in kept]
        return list(dict.fromkeys(localizations)), gone

    def _shown(self, row: models.Localization) -> Shape | None:
        try:
            shape: Shape = self.shown(row)
        except InvalidAnnotationError:
            return None
        return shape

    def _members(self, state: models.State, rows: Mapping[int, models.Localization]) -> set[int]:
        """Return the current localizations of a state, which may name earlier revisions."""
        found: set[int] = set()
        newest = {row.elemental_id: number for number, row in rows.items()}
        for number in state.localizations or ():
            if number in rows:
                found.add(number)
                continue
            try:
                earlier = self.client.localizations.retrieve(number)
            except NotFoundError:
                continue
            if earlier.elemental_id in newest:
                found.add(newest[earlier.elemental_id])
        return found


@define(kw_only=True)
class _Track:
    """A track that is to be created."""

    track: Track
    members: list[models.LocalizationSpec]
    state: models.StateSpec


def _figures(shape: Shape) -> dict[str, dict[str, Any]]:
    """Return what of the platform's own a new localization keeps: figures to the last digit."""
    raw = shape.raw.get(_PLATFORM, {})
    return {_PLATFORM: {"figures": raw["figures"]}} if "figures" in raw else {}


def _is_for(kind: models.LocalizationType | models.StateType, medium: models.Media) -> bool:
    return isinstance(kind.media, Unset) or not kind.media or medium.type in kind.media


def _named(types: Iterable[Any], name: str) -> Any:
    return next((one for one in types if one.name == name), None)


def _only(types: Sequence[Any], what: str, annotation: Annotation) -> Any:
    """Return the only type; an error names the choices."""
    if len(types) == 1:
        return types[0]
    noun = "state" if isinstance(annotation, Track) else "localization"
    named = ", ".join(repr(one.name) for one in types)
    told = f"there are {len(types)}, {named}" if types else "there is none"
    raise InvalidAnnotationError(
        str(annotation), "label", f"one {noun} type {what} is needed, and {told}"
    )
