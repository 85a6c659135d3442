"""Tags that are written to objects: predictions, or what a person decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from attrs import field, frozen

from annoport.ecotaxa._sync.classify import classify
from annoport.ecotaxa._sync.taxa import taxon_ids
from annoport.ecotaxa.classifications import blocks
from annoport.errors import InvalidAnnotationError, InvalidArgumentError
from annoport.vision import Annotation, Tag
from annoport.vision.sources import Media, WriteMode
from annoport.vision.writing import AUTO, Step, carry_out, check_write
from annoport_ecotaxa import Client, models

_MOST = 5_000
"""Objects of one request, which is one transaction on the server."""
_STATUSES = {None: "V", "manual": "V", "V": "V", "D": "D"}
"""What a source says of a person's decision."""


@frozen(kw_only=True)
class Place:
    """Objects that tags go to.

    Attributes:
        client: Sends the requests.
        name: What they are called.
        media: Their pictures.
        objects: Number of a frame -> id of its object.
        taxa: Id of the taxon of each object that has one, by the number of its frame.
        names: Name of a taxon -> its id, for those that are in use.
    """

    client: Client = field(repr=False)
    name: str
    media: Media = field(repr=False)
    objects: Mapping[int, int] = field(repr=False)
    taxa: Mapping[int, int] = field(repr=False)
    names: Mapping[str, int] = field(repr=False)

    def write(
        self, annotations: Sequence[Annotation], *, frames: Sequence[int], mode: WriteMode
    ) -> None:
        """Write tags, as `annoport.vision.Part.write` says."""
        check_write(self.name, self.media, annotations, frames=frames, mode=mode)
        tags = [_tag(one) for one in annotations]
        self._check_once(tags)
        if mode == "replace":
            self._check_complete(tags, frames)
            groups = {status: [one for one in tags if _status(one) == status] for status in "VD"}
        else:
            for one in tags:
                _check_prediction(one)
            groups = {"P": tags}
        taxa = self._taxon_ids(tags)
        steps = [
            Step(block, partial(self._send, status, block, taxa))
            for status, group in groups.items()
            for block in blocks(group, _MOST)
        ]
        # What a tag replaces goes as it comes, and an object never has two.
        carry_out(self.name, steps, mode="replace")

    def _send(self, status: str, tags: Sequence[Tag], taxa: Mapping[str, int]) -> None:
        numbers = [self.objects[one.frame] for one in tags]
        ids = [taxa[one.label] for one in tags]
        if status != "P":
            wanted = models.WantedQualification(status)
            classify(self.client, dict(zip(numbers, ids, strict=True)), status=wanted)
            return
        scores = [1.0 if one.score is None else one.score for one in tags]
        body = models.ClassifyAutoReq(
            target_ids=numbers, classifications=ids, scores=scores, keep_log=True
        )
        self.client.objects.classify_auto(body=body)

    def _check_once(self, tags: Sequence[Tag]) -> None:
        seen: dict[int, Tag] = {}
        for one in tags:
            other = seen.setdefault(one.frame, one)
            if other is not one:
                rule = f"the object has {other.label!r} already, and EcoTaxa keeps one taxon of it"
                raise InvalidAnnotationError(str(one), "label", rule)

    def _check_complete(self, tags: Sequence[Tag], frames: Sequence[int]) -> None:
        given = {one.frame for one in tags}
        for number in frames:
            if number not in given and number in self.taxa:
                raise InvalidArgumentError(
                    f"{self.name}: frame {number} (object {self.objects[number]}) has a taxon, and "
                    "EcoTaxa cannot take it away: give the frame a tag, or leave it out of frames"
                )

    def _taxon_ids(self, tags: Sequence[Tag]) -> dict[str, int]:
        """Return the ids of the taxa; names that are not in use are looked up on the server."""
        new = [name for name in dict.fromkeys(one.label for one in tags) if name not in self.names]
        return {**self.names, **(taxon_ids(self.client, new) if new else {})}


def _tag(annotation: Annotation) -> Tag:
    if not isinstance(annotation, Tag):
        rule = f"is {annotation.kind}, but an object of EcoTaxa takes a tag, its taxon, only"
        raise InvalidAnnotationError(str(annotation), "kind", rule)
    if annotation.attributes:
        rule = f"has {', '.join(map(repr, annotation.attributes))}, but EcoTaxa's tags have none"
        raise InvalidAnnotationError(str(annotation), "attributes", rule)
    return annotation


def _status(tag: Tag) -> str:
    """Return what a person's decision makes of an object: V validated or D dubious."""
    status = _STATUSES.get(tag.source)
    if status is None:
        rule = (
            f'is {tag.source!r}, but mode="replace" writes what a person decides, V or D: '
            'mode="replace_auto" writes predictions, and leaves validated objects as they are'
        )
        raise InvalidAnnotationError(str(tag), "source", rule)
    return status


def _check_prediction(tag: Tag) -> None:
    if tag.source not in (None, AUTO, "P"):
        rule = (
            f'is {tag.source!r}, but this mode writes predictions: mode="replace" writes what a '
            "person decides"
        )
        raise InvalidAnnotationError(str(tag), "source", rule)
