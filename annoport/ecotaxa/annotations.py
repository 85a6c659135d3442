"""Objects of EcoTaxa as annotations that know no platform, and back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from attrs import field, frozen

from annoport.errors import InvalidAnnotationError
from annoport.vision import Label, Tag
from annoport_ecotaxa import models

_PLATFORM = "ecotaxa"


@frozen
class Converter:
    """Converts objects whose taxa it knows.

    An object is one image with a taxon, a status and a score. The taxon's display name is the
    label; the status (P predicted, V validated, D dubious) is the `source`; the score is there for
    predicted ones only. Ids are those of objects.

    Attributes:
        taxa: The taxa in use.
    """

    taxa: tuple[models.TaxonModel, ...] = field(converter=tuple[models.TaxonModel, ...])

    def labels(self) -> tuple[Label, ...]:
        """Return the taxa as labels."""
        return tuple(Label(name=taxon.display_name, id=taxon.id, type="tag") for taxon in self.taxa)

    def from_object(self, item: models.ObjectModel | models.ObjectHeaderModel) -> Tag | None:
        """Return an object as a tag; None if it is not classified.

        Args:
            item: The object, as the server sends it.

        Raises:
            InvalidAnnotationError: Its taxon is not among those that are known.
        """
        if item.classif_id is None:
            return None
        for taxon in self.taxa:
            if taxon.id == item.classif_id:
                raw = {"classif_who": item.classif_who, "classif_when": item.classif_when}
                return Tag(
                    label=taxon.display_name,
                    id=item.objid,
                    source=item.classif_qual,
                    score=item.classif_score,
                    raw={_PLATFORM: raw},
                )
        rule = f"no taxon here has the id {item.classif_id}"
        raise InvalidAnnotationError(f"object {item.objid}", "classif_id", rule)

    def to_classification(
        self, tags: Iterable[Tag], *, status: Literal["V", "D"] = "V"
    ) -> models.ClassifyReq:
        """Return tags as a body for `client.objects.classify`, which a person's decision goes by.

        Args:
            tags: Tags with the id of their object.
            status: V validated or D dubious.

        Raises:
            InvalidAnnotationError: One has no id of an object, or a label that is no taxon here.
        """
        targets: list[int] = []
        taxa: list[int] = []
        for tag in tags:
            targets.append(_object_id(tag))
            taxa.append(self._taxon_id(tag))
        return models.ClassifyReq(
            target_ids=targets,
            classifications=taxa,
            wanted_qualification=models.WantedQualification(status),
        )

    def to_prediction(self, tags: Sequence[Tag]) -> models.ClassifyAutoReq:
        """Return tags with a score as a body for a prediction.

        Args:
            tags: Tags with the id of their object and a score.

        Raises:
            InvalidAnnotationError: One has no id of an object, no score, or a label that is no
                taxon here.
        """
        scores: list[float] = []
        for tag in tags:
            if tag.score is None:
                raise InvalidAnnotationError(str(tag), "score", "a prediction needs one")
            scores.append(tag.score)
        return models.ClassifyAutoReq(
            target_ids=[_object_id(tag) for tag in tags],
            classifications=[self._taxon_id(tag) for tag in tags],
            scores=scores,
            keep_log=True,
        )

    def _taxon_id(self, tag: Tag) -> int:
        found = [taxon.id for taxon in self.taxa if taxon.display_name == tag.label]
        if len(found) == 1:
            return found[0]
        rule = f"{len(found)} taxa here have this name; one is needed"
        raise InvalidAnnotationError(str(tag), "label", rule)


def _object_id(tag: Tag) -> int:
    if isinstance(tag.id, int):
        return tag.id
    raise InvalidAnnotationError(str(tag), "id", "is not the id of an object")
