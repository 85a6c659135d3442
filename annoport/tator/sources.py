"""Media, sections and projects of Tator as sources of datasets."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any, Literal

import msgspec
from attrs import define, evolve, field, frozen

from annoport.convert import from_json, to_json
from annoport.core import UNSET
from annoport.core.support.logs import TRANSFERS
from annoport.core.values.models import known
from annoport.errors import DecodeError, InvalidAnnotationError, InvalidArgumentError
from annoport.tator._sync.stored_files import signed
from annoport.tator.annotations import Converter
from annoport.tator.files import Choice, chosen, stored
from annoport.tator.files import label as called
from annoport.tator.films import TOGETHER, FrameFile, frame_file
from annoport.tator.names import id_of
from annoport.tator.writing import Place, only_version
from annoport.vision import Annotation, Attribute, Label, Shape, video
from annoport.vision.sources import Content, Frame, Media, Part, Picture, WriteMode
from annoport_tator import Client, models

Unsupported = Literal["error", "drop"]


def media(
    client: Client,
    medium: int | models.Media,
    *,
    label: str | None = None,
    versions: Sequence[int | models.Version] | None = None,
    unsupported: Unsupported = "error",
) -> TatorSource:
    """Return an image or the frames of a video as a source.

    Args:
        client: A client of Tator. Nothing is sent before a dataset is made of the source.
        medium: The medium, or its id.
        label: The attribute that says what a localization is, such as "Species"; by default that
            is the name of its type.
        versions: The versions (layers) whose localizations to have; by default all.
        unsupported: "drop" leaves out localizations that have no form here, or no value of the
            attribute.
    """
    return TatorSource(
        client=client,
        kind="medium",
        number=id_of(medium, "medium"),
        label=label,
        versions=_ids(versions),
        unsupported=unsupported,
    )


def section(
    client: Client,
    section: int | models.Section,
    *,
    label: str | None = None,
    versions: Sequence[int | models.Version] | None = None,
    unsupported: Unsupported = "error",
) -> TatorSource:
    """Return the media of a section as one source, in the order of their ids.

    A video that the server has not transcoded yet is left out, and a warning names it.

    Args:
        client: A client of Tator. Nothing is sent before a dataset is made of the source.
        section: The section, or its id.
        label: As for `media`.
        versions: As for `media`.
        unsupported: As for `media`.
    """
    return TatorSource(
        client=client,
        kind="section",
        number=id_of(section, "section"),
        label=label,
        versions=_ids(versions),
        unsupported=unsupported,
    )


def project(
    client: Client,
    project: int | models.Project,
    *,
    label: str | None = None,
    versions: Sequence[int | models.Version] | None = None,
    unsupported: Unsupported = "error",
) -> TatorSource:
    """Return all media of a project as one source, in the order of their ids.

    A video that the server has not transcoded yet is left out, and a warning names it.

    Args:
        client: A client of Tator. Nothing is sent before a dataset is made of the source.
        project: The project, or its id.
        label: As for `media`.
        versions: As for `media`.
        unsupported: As for `media`.
    """
    return TatorSource(
        client=client,
        kind="project",
        number=id_of(project, "project"),
        label=label,
        versions=_ids(versions),
        unsupported=unsupported,
    )


def _ids(versions: Sequence[int | models.Version] | None) -> tuple[int, ...]:
    if versions is not None and not versions:
        raise InvalidArgumentError("versions is empty: leave it out for all of them")
    return tuple(id_of(each, "versions") for each in versions or ())


@frozen(kw_only=True)
class TatorSource:
    """A medium, section or project of Tator; the functions of these names make one.

    Attributes:
        client: Sends the requests.
        kind: What it is.
        number: Its id.
        label: The attribute that says what a localization is; None for the name of its type.
        versions: Ids of the versions; empty for all.
        unsupported: What to do with localizations that have no form here.
    """

    client: Client = field(repr=False)
    kind: Literal["medium", "section", "project"]
    number: int
    label: str | None = None
    versions: tuple[int, ...] = ()
    unsupported: Unsupported = "error"

    @property
    def name(self) -> str:
        """What it is called, such as "section 42"."""
        return f"{self.kind} {self.number}"

    @property
    def key(self) -> str:
        """What tells it from all others, on other servers too."""
        return f"tator {self.client.base.url} {self.name} {self.versions}"

    def account(self) -> str:
        """Return the id of the account, which the server is asked for once."""
        return str(self.client.account_id())

    def describe(self) -> bytes:
        """Ask for the media, the types and the localizations.

        Raises:
            ApiError: The server answered with an error.
            TransportError: A request could not be sent, or its response could not be read.
        """
        client = self.client
        if self.kind == "medium":
            rows = [client.media.retrieve(self.number)]
            owner = rows[0].project
            query: dict[str, Any] = {"media_id": [self.number]}
        elif self.kind == "section":
            owner = client.sections.retrieve(self.number).project
            rows = list(client.media.list(owner, section=self.number))
            query = {"section": self.number}
        else:
            owner, query = self.number, {}
            rows = list(client.media.list(owner))
        version = UNSET if not self.versions else list(self.versions)
        localizations = client.localizations.list(owner, version=version, **query)
        return to_json(
            {
                "media": sorted(rows, key=lambda row: row.id),
                "types": client.localization_types.list(owner),
                "localizations": list(localizations),
            }
        )

    def _has_pictures(self, row: models.Media) -> bool:
        """Whether a medium has pictures; one of several that has none is named in a warning.

        Raises:
            InvalidArgumentError: It has none, and is the only one.
        """
        if known(row.num_frames) or _is_image(row):
            return True
        message = (
            f"{called(row)} has no image, and no number of frames: a video has one when the server "
            "has transcoded it"
        )
        if self.kind == "medium":
            raise InvalidArgumentError(message)
        TRANSFERS.warning("%s: it is left out: %s", self.name, message)
        return False

    def open(self, description: bytes) -> Content:
        """Return what a description says.

        Raises:
            InvalidArgumentError: No localization type has the attribute that says what one is, or
                the medium has no pictures.
        """
        said = from_json(description, dict[str, msgspec.Raw])
        rows = from_json(bytes(said["media"]), list[models.Media])
        types = from_json(bytes(said["types"]), list[models.LocalizationType])
        found = from_json(bytes(said["localizations"]), list[models.Localization])
        by_medium: dict[int, list[models.Localization]] = {}
        for each in found:
            by_medium.setdefault(known(each.media) or 0, []).append(each)
        parts: list[Part] = [
            TatorPart(
                client=self.client,
                medium=row,
                types=types,
                label=self.label,
                versions=self.versions,
                unsupported=self.unsupported,
                localizations=by_medium.get(row.id, []),
            )
            for row in rows
            if self._has_pictures(row)
        ]
        converter = Converter(media_id=0, width=1, height=1, localization_types=types)
        own = converter.labels()

        def check_model(_mode: WriteMode) -> None:
            if rows:
                project = rows[0].project
                only_version(self.client, project, self.versions, self.name)

        if self.label is None:
            return Content(labels=own, parts=parts, check_model=check_model)
        listed = [each.values for one in own for each in one.attributes if each.name == self.label]
        labels = _by_attribute(own, found, self.label)
        return Content(
            labels=labels,
            parts=parts,
            open_labels=not any(listed),
            check_model=check_model,
            labels_from=self.label,
        )


def _is_image(medium: models.Media) -> bool:
    return chosen(medium, Choice(role="image")) is not None


def _by_attribute(
    types: Sequence[Label], found: Sequence[models.Localization], name: str
) -> list[Label]:
    """Return a label for each value of an attribute: those to choose from, and those in use."""
    having = [(one, each) for one in types for each in one.attributes if each.name == name]
    if not having:
        there = sorted({each.name for one in types for each in one.attributes})
        listed = ", ".join(map(repr, there)) or "none"
        raise InvalidArgumentError(
            f"label is {name!r}, but no localization type has such an attribute; there are {listed}"
        )
    names = dict.fromkeys(str(value) for _, each in having for value in each.values or ())
    used = sorted({str(value) for each in found if (value := each.attributes.get(name))})
    kept: dict[str, Attribute] = {
        each.name: each for one, _ in having for each in one.attributes if each.name != name
    }
    return [
        Label(name=value, attributes=tuple(kept.values()))
        for value in dict.fromkeys([*names, *used])
    ]


@define(kw_only=True, slots=False)
class TatorPart:
    """One medium, as the description tells of it."""

    client: Client = field(repr=False)
    medium: models.Media = field(repr=False)
    types: Sequence[models.LocalizationType] = field(repr=False)
    label: str | None
    versions: tuple[int, ...]
    unsupported: Unsupported
    localizations: Sequence[models.Localization] = field(repr=False)

    @property
    def name(self) -> str:
        """What it is called, such as "medium 42"."""
        return f"medium {self.medium.id}"

    @property
    def subset(self) -> str | None:
        """Tator has no subsets."""
        return None

    @property
    def annotations_revision(self) -> str | None:
        """Tator does not tell, but the description has all."""
        return None

    def fetch_media(self) -> bytes:
        """Return what the description says of the medium."""
        return to_json(self.medium)

    def media_of(self, document: bytes) -> Media:
        """Return the image, or the frames of the video."""
        medium = from_json(document, models.Media)
        count = known(medium.num_frames) or 1
        name = str(medium.name or medium.id)
        kept = [str(medium.id), to_json(medium.media_files).decode()]
        together = TOGETHER if video.can_decode() else 1
        return Media(
            revision=hashlib.sha256("\n".join(kept).encode()).hexdigest(),
            frames=[
                Frame(
                    number=number,
                    name=name,
                    width=known(medium.width),
                    height=known(medium.height),
                    block=number // together,
                    index=number % together,
                )
                for number in range(count)
            ],
            size=count,
            alone=True,
        )

    def fetch_annotations(self) -> bytes:
        """Return what the description says of the localizations."""
        return to_json(self.localizations)

    def annotations_of(self, document: bytes) -> Sequence[Shape]:
        """Return the localizations as shapes.

        Raises:
            InvalidAnnotationError: One has no form here, or no value of the attribute that says
                what it is.
        """
        found: list[Shape] = []
        for each in from_json(document, list[models.Localization]):
            try:
                found.append(self._shape(each))
            except InvalidAnnotationError:
                if self.unsupported == "error":
                    raise
        return found

    def write(
        self, annotations: Sequence[Annotation], *, frames: Sequence[int], mode: WriteMode
    ) -> None:
        """Write shapes and tracks, as `annoport.vision.Part.write` says.

        They go to the version of the source; if it has several, to none. Other versions stay as
        they are, and so do localizations that the source does not show. What a model made is known
        by its elemental id, if annoport has written it and nobody has changed it since. Tator keeps
        no score. A track becomes a state with a localization on each of `frames` that it is in view
        on.
        """
        place = Place(
            client=self.client,
            name=self.name,
            medium=self.medium,
            media=self.media_of(self.fetch_media()),
            converter=self._converter,
            label=self.label,
            versions=self.versions,
            shown=self._shape,
        )
        place.write(annotations, frames=frames, mode=mode)

    def _shape(self, localization: models.Localization) -> Shape:
        shape = self._converter.from_localization(localization)
        if self.label is None:
            return shape
        attributes = dict(shape.attributes)
        value = attributes.pop(self.label, None)
        if value is None or value == "":
            raise InvalidAnnotationError(str(shape), f"attributes[{self.label!r}]", "has no value")
        return evolve(shape, label=str(value), attributes=attributes)

    @cached_property
    def _converter(self) -> Converter:
        width, height = known(self.medium.width), known(self.medium.height)
        if not width or not height:
            raise InvalidArgumentError(f"{called(self.medium)} has no width and height yet")
        return Converter(
            media_id=self.medium.id, width=width, height=height, localization_types=self.types
        )

    def read_block(
        self,
        block: int,  # noqa: ARG002 (protocol)
        frames: Sequence[Frame],
    ) -> Iterator[Picture]:
        """Read the image, or frames of the video.

        Several are decoded from a file of the video, if that can be; others come from the server.
        """
        if not _is_image(self.medium):
            yield from self._frames(frames)
            return
        (file,) = stored([self.medium], Choice(role="image"), name=None, skip_missing=False)
        url = file.path
        if "://" not in url:
            url = signed(self.client, file.project, [file.path])[file.path]
        # An object store must never see our token.
        content = self.client.file_at(url, origin="other").read()
        suffix = PurePosixPath(file.name).suffix
        for frame in frames:
            yield Picture(frame=frame.number, suffix=suffix, content=content)

    def _frames(self, frames: Sequence[Frame]) -> Iterator[Picture]:
        left = {frame.number: frame for frame in frames}
        by_server = chosen(self.medium, Choice(role="streaming")) is not None
        if (len(left) > video.ALONE or not by_server) and self._file is not None:
            try:
                for picture in self._file.read(frames):
                    del left[picture.frame]
                    yield picture
            except DecodeError as error:
                if not by_server:
                    raise
                TRANSFERS.warning("frames come from the server, one by one: %s", error)
                self._file = None
        if left and not by_server:
            raise DecodeError(
                f"{called(self.medium)}: the server makes no frames of it, because it has no "
                "streaming file; annoport[video] decodes them from its original, if there is one"
            )
        for number in left:
            content = self.client.media.get_frame(self.medium.id, frames=[number])
            yield Picture(frame=number, suffix=".png", content=content)

    @cached_property
    def _file(self) -> FrameFile | None:
        if not video.can_decode():
            return None
        return frame_file(self.client, self.medium, where=self.name)
