"""Change the settings of a project."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from annoport.core.values.models import UNSET, Unset
from annoport.ecotaxa.ids import id_of, project_id
from annoport.errors import InvalidArgumentError
from annoport_ecotaxa import models

if TYPE_CHECKING:
    from annoport_ecotaxa import AsyncClient


async def async_edit(
    client: AsyncClient,
    project: int | models.ProjectModel,
    *,
    title: str | Unset = UNSET,
    access: models.AccessLevel | str | Unset = UNSET,
    status: str | Unset = UNSET,
    instrument: str | Unset | None = UNSET,
    comments: str | Unset | None = UNSET,
    contact: models.MinUserModel | Unset = UNSET,
    managers: Sequence[models.MinUserModel] | Unset = UNSET,
    annotators: Sequence[models.MinUserModel] | Unset = UNSET,
    viewers: Sequence[models.MinUserModel] | Unset = UNSET,
    init_classif_list: Sequence[int | models.TaxonModel] | Unset = UNSET,
    bodc_variables: Mapping[str, str] | Unset = UNSET,
    formulae: str | Unset | None = UNSET,
    classifsettings: str | Unset | None = UNSET,
    classiffieldlist: str | Unset | None = UNSET,
    popoverfieldlist: str | Unset | None = UNSET,
) -> models.ProjectModel:
    """Change settings of a project, and leave alone what is not named.

    The server takes only whole projects: this one is read, changed and sent back. What somebody
    else changes between these two requests is lost.

    Args:
        client: A client of EcoTaxa.
        project: The project, or its id.
        title: Its title.
        access: Who may see it: 1 every user, 2 everybody, even without a login, 0 its members.
        status: What may be done with it, such as "Annotate".
        instrument: Code of the instrument.
        comments: Comments.
        contact: The manager to ask about the project.
        managers: Who manages it; at least one.
        annotators: Who may classify and does not manage it.
        viewers: Who may only look.
        init_classif_list: The preferred taxa, or their ids.
        bodc_variables: Formulae of a summary export: subsample_coef, total_water_volume,
            individual_volume.
        formulae: Formulae for concentrations.
        classifsettings: Settings of the prediction, as lines of key=value.
        classiffieldlist: Fields for display and sorting, as lines of key=value.
        popoverfieldlist: Fields shown beside an object, as lines of key=value.

    Returns:
        The project as it is afterwards.

    Raises:
        InvalidArgumentError: No setting is named, or the project would have no manager.
        ApiError: The server refused a request; you must manage the project.

    Uses: GET /projects/{project_id}, PUT /projects/{project_id}
    """
    named: dict[str, Any] = {
        "title": title,
        "access": access,
        "status": status,
        "instrument": instrument,
        "comments": comments,
        "contact": contact,
        "managers": managers,
        "annotators": annotators,
        "viewers": viewers,
        "init_classif_list": init_classif_list,
        "bodc_variables": bodc_variables,
        "formulae": formulae,
        "classifsettings": classifsettings,
        "classiffieldlist": classiffieldlist,
        "popoverfieldlist": popoverfieldlist,
    }
    changes = {name: value for name, value in named.items() if value is not UNSET}
    if not changes:
        raise InvalidArgumentError(f"there is nothing to change: name one of {', '.join(named)}")
    if "managers" in changes and not changes["managers"]:
        raise InvalidArgumentError("managers is empty: nobody could change the project any more")
    if not isinstance(init_classif_list, Unset):
        changes["init_classif_list"] = [id_of(one, "id", "a taxon") for one in init_classif_list]
    for name in ("managers", "annotators", "viewers"):
        if name in changes:
            changes[name] = list(changes[name])
    number = project_id(project)
    found = await client.projects.retrieve(number)
    for name, value in changes.items():
        setattr(found, name, value)
    await client.projects.update(number, body=found)
    return await client.projects.retrieve(number)
