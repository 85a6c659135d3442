"""Projects of EcoTaxa as sources of datasets: an object is a picture with a taxon."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, TypeAlias

from attrs import define, field, frozen

from annoport.convert import from_json, to_json
from annoport.core import Filter
from annoport.ecotaxa._sync.selecting import filters_for
from annoport.ecotaxa.ids import project_id
from annoport.ecotaxa.selections import Sample, Selection, selection
from annoport.ecotaxa.taxon_names import Taxon
from annoport.ecotaxa.writing import Place
from annoport.errors import InvalidArgumentError
from annoport.vision import Annotation, Label, Tag
from annoport.vision.sources import Content, Frame, Media, Picture, WriteMode
from annoport_ecotaxa import Client, models

_FIELDS = (
    *("img.imgid", "img.file_name", "img.width", "img.height", "obj.orig_id"),
    *("obj.classif_id", "txo.display_name", "obj.classif_qual", "obj.classif_score"),
)
_TOGETHER = 16
"""Pictures of a block: so many that a dataset that reads ahead has enough to do."""

_Row: TypeAlias = list[Any]


def project(
    client: Client,
    project: int | models.ProjectModel,
    *,
    taxa: Sequence[Taxon] | None = None,
    children: bool = True,
    status: models.StatusFilter | str | None = None,
    samples: Sequence[Sample] | None = None,
    filters: models.ProjectFilters | Mapping[str, Any] | Filter | None = None,
) -> EcotaxaSource:
    """Return the objects of a project as a source: first images, each with a tag, its taxon.

    The labels are the taxa in use, by name. An object without an image is left out.

    Args:
        client: A client of EcoTaxa. Nothing is sent before a dataset is made of the source.
        project: The project, or its id.
        taxa: Taxa by name, id or model; objects of any taxon by default.
        children: The taxa below them too.
        status: Status of the objects: P predicted, V validated, D dubious, or another
            `StatusFilter`; any by default.
        samples: Samples by name, id or model; any by default.
        filters: Which objects besides: `ProjectFilters`, a dict, or a condition of
            `annoport.filters`.

    Raises:
        InvalidArgumentError: There is no such status, a filter cannot be sent, or an argument says
            what a filter says too. A taxon or a sample that does not exist is told by the dataset.
    """
    wanted = selection(filters, taxa=taxa, children=children, status=status, samples=samples)
    return EcotaxaSource(client, project_id(project), wanted)


@frozen
class EcotaxaSource:
    """Objects of a project; `project` makes one.

    Attributes:
        client: Sends the requests.
        number: Id of the project.
        wanted: Which objects.
    """

    client: Client = field(repr=False)
    number: int
    wanted: Selection

    @property
    def name(self) -> str:
        """What it is called, such as "project 42"."""
        return f"project {self.number}"

    @property
    def key(self) -> str:
        """What tells it from all others, on other servers too."""
        return f"ecotaxa {self.client.base.url} {self.name} {self.wanted}"

    def account(self) -> str:
        """Return the id of the account, which the server is asked for once."""
        return str(self.client.account_id())

    def describe(self) -> bytes:
        """Ask for the objects, in the order of their ids.

        Raises:
            InvalidArgumentError: A taxon or a sample does not exist.
            ApiError: The server answered with an error.
            TransportError: A request could not be sent, or its response could not be read.
        """
        filters = filters_for(self.client, self.number, self.wanted)
        pager = self.client.objects.list(self.number, body=filters, fields=list(_FIELDS))
        rows = [
            [number, *row]
            for page in pager.pages()
            for number, row in zip(page.items, page.response.value.details, strict=True)
        ]
        return to_json(rows)

    def open(self, description: bytes) -> Content:
        """Return what a description says."""
        rows = from_json(description, list[_Row])
        taxa = {row[6]: row[7] for row in rows if row[6] is not None}
        labels = [
            Label(name=name, id=number, type="tag")
            for number, name in sorted(taxa.items(), key=lambda taxon: (taxon[1], taxon[0]))
        ]
        shown = [row for row in rows if row[1] is not None]
        part = EcotaxaPart(self.client, self.name, shown)
        return Content(labels=labels, parts=[part], open_labels=True, check_model=self._check_model)

    def _check_model(self, mode: WriteMode) -> None:
        if mode == "replace":
            raise InvalidArgumentError(
                f'{self.name}: mode="replace" writes what a person decides, which a model cannot: '
                'mode="replace_auto" writes predictions, and leaves validated objects as they are'
            )


@define
class EcotaxaPart:
    """The objects of a project, as the description tells of them."""

    client: Client = field(repr=False)
    name: str
    _rows: Sequence[_Row] = field(repr=False)

    @property
    def subset(self) -> str | None:
        """EcoTaxa has no subsets."""
        return None

    @property
    def annotations_revision(self) -> str | None:
        """EcoTaxa does not tell, but the description has all."""
        return None

    def fetch_media(self) -> bytes:
        """Return an empty document: the description has all."""
        return b""

    def media_of(
        self,
        document: bytes = b"",  # noqa: ARG002 (protocol)
    ) -> Media:
        """Return first images; their numbers are their ids, which stay the same."""
        frames = [
            Frame(
                number=row[1],
                name=row[2],
                width=row[3],
                height=row[4],
                block=place // _TOGETHER,
                index=place % _TOGETHER,
            )
            for place, row in enumerate(self._rows)
        ]
        # An image is never changed: another one has another id.
        return Media(revision="images", frames=frames, size=0)

    def fetch_annotations(self) -> bytes:
        """Return an empty document: the description has all."""
        return b""

    def annotations_of(
        self,
        document: bytes = b"",  # noqa: ARG002 (protocol)
    ) -> Sequence[Tag]:
        """Return a tag for each object that is classified."""
        return [
            Tag(
                label=row[7],
                frame=row[1],
                id=row[0],
                source=row[8],
                score=row[9],
                raw={"ecotaxa": {"orig_id": row[5]}},
            )
            for row in self._rows
            if row[6] is not None
        ]

    def write(
        self, annotations: Sequence[Annotation], *, frames: Sequence[int], mode: WriteMode
    ) -> None:
        """Write a tag for each object, as `annoport.vision.Part.write` says.

        An object has one taxon. "append" and "replace_auto" write predictions, with their scores (1
        where there is none): a new one takes the place of an earlier one, and an object that a
        person has classified stays as it is. "replace" writes what a person decides, V or, for a
        tag whose source is "D", dubious. EcoTaxa cannot take a taxon away: "replace" refuses a
        frame that has one and gets none, and "replace_auto" leaves its prediction.
        """
        place = Place(
            client=self.client,
            name=self.name,
            media=self.media_of(),
            objects={row[1]: row[0] for row in self._rows},
            taxa={row[1]: row[6] for row in self._rows if row[6] is not None},
            names={row[7]: row[6] for row in self._rows if row[6] is not None},
        )
        place.write(annotations, frames=frames, mode=mode)

    def read_block(
        self,
        block: int,  # noqa: ARG002 (protocol)
        frames: Sequence[Frame],
    ) -> Iterator[Picture]:
        """Read the pictures one by one."""
        for frame in frames:
            content = self.client.file_at(f"/vault/{frame.name}").read()
            suffix = PurePosixPath(frame.name).suffix
            yield Picture(frame=frame.number, suffix=suffix, content=content)
