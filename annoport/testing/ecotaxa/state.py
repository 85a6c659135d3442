"""What the fake EcoTaxa stores: users, taxa, projects, samples and objects."""

from __future__ import annotations

import datetime

import attrs

from annoport.testing.ecotaxa.answers import Json


def now() -> str:
    """Return the time (UTC) as the server writes it, without an offset."""
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")


@attrs.define(kw_only=True)
class User:
    """An account; its user logs in with `email` and `password`."""

    id: int
    email: str
    password: str
    name: str
    organisation: str
    admin: bool = False

    def minimal(self) -> Json:
        """Show the user as projects show their managers."""
        return {
            "id": self.id,
            "email": self.email,
            "name": self.name,
            "organisation": self.organisation,
        }

    def full(self) -> Json:
        """Show all fields of the user, many of them null."""
        return {
            "id": self.id,
            "email": self.email,
            "name": self.name,
            "country": "France" if self.admin else None,
            "orcid": None,
            "usercreationdate": "2026-01-05T08:00:00.000000",
            "password": "?",
            "status": 1,
            "status_date": None,
            "status_admin_comment": None,
            "usercreationreason": None,
            "mail_status": None,
            "mail_status_date": None,
            "organisation": self.organisation,
            "can_do": [],
            "last_used_projects": [],
        }


@attrs.define(kw_only=True)
class Taxon:
    """A node of the tree; `parent` is None for a root."""

    id: int
    name: str
    parent: int | None
    type: str = "P"
    rank: str | None = None
    aphia_id: int | None = None
    status: str = "A"
    display: str = ""  # the name with its parent's, where several taxa have the name

    @property
    def display_name(self) -> str:
        """The name that no other taxon has."""
        return self.display or self.name


@attrs.define(kw_only=True)
class Project:
    """Samples with objects, and who may see them."""

    id: int
    title: str
    managers: list[User]
    instrument: str = ""
    access: str = "1"  # "1": everybody may see it; "0": only its managers
    status: str = "Annotate"
    comments: str | None = None
    bodc_variables: dict[str, str | None] | None = None
    free_columns: list[str] = attrs.field(factory=list[str])
    free_texts: dict[str, str] = attrs.field(factory=dict[str, str])  # name -> alias
    sample_columns: dict[str, str] = attrs.field(factory=dict[str, str])  # so are these
    acquisition_columns: dict[str, str] = attrs.field(factory=dict[str, str])
    process_columns: dict[str, str] = attrs.field(factory=dict[str, str])
    settings: Json = attrs.field(factory=dict[str, object])
    loaded: list[str] = attrs.field(factory=list[str])  # files of earlier imports

    def columns(self) -> dict[str, str]:
        """Return the free columns of objects with their aliases."""
        numbers = {name: f"n{place:02d}" for place, name in enumerate(self.free_columns, 1)}
        return {**numbers, **self.free_texts}


@attrs.define(kw_only=True)
class Sample:
    """A net tow or profile, with a single acquisition."""

    id: int
    project_id: int
    orig_id: str
    latitude: float
    longitude: float
    free: Json = attrs.field(factory=dict[str, object])  # free columns by name
    acquisition_free: Json = attrs.field(factory=dict[str, object])
    process_free: Json = attrs.field(factory=dict[str, object])

    @property
    def acquisition_id(self) -> int:
        """The id of the acquisition."""
        return self.id * 10

    def show(self) -> Json:
        """Show the sample."""
        return {
            "sampleid": self.id,
            "projid": self.project_id,
            "orig_id": self.orig_id,
            "latitude": self.latitude,
            "longitude": self.longitude,
            "dataportal_descriptor": None,
            "free_columns": {},
        }

    def show_acquisition(self) -> Json:
        """Show the acquisition."""
        return {
            "acquisid": self.acquisition_id,
            "acq_sample_id": self.id,
            "orig_id": f"acq_{self.orig_id}",
            "instrument": "",
            "free_columns": {},
        }


@attrs.define
class Picture:
    """An image of an object."""

    id: int
    name: str
    content: bytes
    width: int
    height: int

    @property
    def file_name(self) -> str:
        """Where it is below /vault."""
        ending = ".jpg" if self.content.startswith(b"\xff\xd8") else ".png"
        return f"{self.id // 10_000:04d}/{self.id % 10_000:04d}{ending}"


@attrs.define(kw_only=True)
class Thing:
    """What EcoTaxa calls an object: an image of one organism or particle."""

    id: int
    sample: Sample
    orig_id: str
    taxon: int | None
    status: str | None  # "P" predicted, "V" validated, "D" dubious, None unclassified
    annotator: User | None
    image_name: str
    image: bytes
    width: int
    height: int
    depth_min: float = 0.0
    depth_max: float = 50.0
    date: str = "2024-04-20"
    time: str = "04:20:00"
    classified: str | None = None
    score: float | None = None  # of a predicted object; else None
    predicted: Json | None = None  # the last prediction that it has as its taxon: id, score, when
    predictions: list[tuple[int, float]] = attrs.field(factory=list[tuple[int, float]])
    free: dict[str, float] = attrs.field(factory=dict[str, float])
    texts: dict[str, str] = attrs.field(factory=dict[str, str])
    sun: str = "N"
    further: list[Picture] = attrs.field(factory=list["Picture"])

    @property
    def pictures(self) -> list[Picture]:
        """All images of the object, in the order of their ranks."""
        first = Picture(self.id, self.image_name, self.image, self.width, self.height)
        return [first, *self.further]


@attrs.define
class State:
    """Everything that is stored."""

    users: dict[int, User] = attrs.field(factory=dict[int, User])
    taxa: dict[int, Taxon] = attrs.field(factory=dict[int, Taxon])
    projects: dict[int, Project] = attrs.field(factory=dict[int, Project])
    samples: dict[int, Sample] = attrs.field(factory=dict[int, Sample])
    things: dict[int, Thing] = attrs.field(factory=dict[int, Thing])
    _next: dict[str, int] = attrs.field(factory=dict[str, int])

    def new_id(self, kind: str, first: int = 1) -> int:
        """Return the next id of a kind of object."""
        number = self._next.get(kind, first)
        self._next[kind] = number + 1
        return number

    def picture_at(self, file_name: str) -> Picture | None:
        """Return the image that is at a place below /vault."""
        for thing in self.things.values():
            for picture in thing.pictures:
                if picture.file_name == file_name:
                    return picture
        return None

    def new_sample(
        self, project: Project, orig_id: str, latitude: float, longitude: float
    ) -> Sample:
        """Return the sample with this name; it is made if there is none."""
        for sample in self.samples.values():
            if (sample.project_id, sample.orig_id) == (project.id, orig_id):
                return sample
        number = self.new_id(f"sample of {project.id}", project.id * 1_000_000 + 1)
        made = Sample(
            id=number,
            project_id=project.id,
            orig_id=orig_id,
            latitude=latitude,
            longitude=longitude,
        )
        self.samples[number] = made
        return made

    def things_of(self, project_id: int) -> list[Thing]:
        """Return the objects of a project, in the order of their ids."""
        return [thing for thing in self.things.values() if thing.sample.project_id == project_id]

    def samples_of(self, project_id: int) -> list[Sample]:
        """Return the samples of a project."""
        return [sample for sample in self.samples.values() if sample.project_id == project_id]

    def sample_of(self, acquisition_id: int) -> Sample | None:
        """Return the sample with this acquisition."""
        return next((s for s in self.samples.values() if s.acquisition_id == acquisition_id), None)

    def lineage(self, number: int) -> list[Taxon]:
        """Return a taxon and its parents, the root last."""
        found: list[Taxon] = []
        taxon = self.taxa.get(number)
        while taxon is not None:
            found.append(taxon)
            taxon = self.taxa.get(taxon.parent or 0)
        return found

    def display_name(self, number: int | None) -> str:
        """Return the name of a taxon; "" for None."""
        return self.taxa[number].display_name if number in self.taxa else ""

    def show_taxon(self, taxon: Taxon) -> Json:
        """Show a taxon with its place in the tree."""
        lineage = self.lineage(taxon.id)
        return {
            "id": taxon.id,
            "name": taxon.name,
            "type": taxon.type,
            "status": taxon.status,
            "display_name": taxon.display_name,
            "lineage": [parent.name for parent in lineage],
            "id_lineage": [parent.id for parent in lineage],
            "lineage_status": "A" * len(lineage),
            "renm_id": None,
            "nb_objects": sum(thing.taxon == taxon.id for thing in self.things.values()),
            "nb_children_objects": 0,
            "aphia_id": taxon.aphia_id,
            "rank": taxon.rank,
            "children": [child.id for child in self.taxa.values() if child.parent == taxon.id],
        }

    def show_project(self, project: Project, user: User | None) -> Json:
        """Show a project as `user` sees it."""
        things = self.things_of(project.id)
        count = len(things)
        shares = {
            "pctvalidated": sum(thing.status == "V" for thing in things),
            "pctclassified": sum(thing.taxon is not None for thing in things),
        }
        contact = project.managers[0].minimal() if project.managers else None
        return {
            "projid": project.id,
            "title": project.title,
            "access": project.access,
            "status": project.status,
            "objcount": float(count) if count else None,
            **{name: 100.0 * n / count if count else None for name, n in shares.items()},
            "classifsettings": None,
            "classiffieldlist": None,
            "popoverfieldlist": None,
            "comments": project.comments,
            "rf_models_used": None,
            "cnn_network_id": None,
            "formulae": None,
            "obj_free_cols": project.columns(),
            "sample_free_cols": project.sample_columns,
            "acquisition_free_cols": project.acquisition_columns,
            "process_free_cols": project.process_columns,
            "bodc_variables": project.bodc_variables or {},
            "init_classif_list": [],
            "managers": [manager.minimal() for manager in project.managers],
            "annotators": [],
            "viewers": [],
            "contact": contact,
            **project.settings,
            "instrument": project.instrument,
            "instrument_url": None,
            "highest_right": "Manage" if user and may_manage(project, user) else "",
        }

    def show_thing(self, thing: Thing) -> Json:
        """Show an object."""
        return {
            "classif_when": thing.classified,
            "classif_auto_id": None,
            "classif_auto_score": None,
            "classif_auto_when": None,
            **(thing.predicted or {}),
            "objid": thing.id,
            "acquisid": thing.sample.acquisition_id,
            "classif_who": thing.annotator.id if thing.annotator else None,
            "classif_id": thing.taxon,
            "objtime": thing.time,
            "latitude": thing.sample.latitude,
            "longitude": thing.sample.longitude,
            "depth_min": thing.depth_min,
            "depth_max": thing.depth_max,
            "objdate": thing.date,
            "classif_qual": thing.status,
            "sunpos": thing.sun,
            "classif_score": thing.score,
            "orig_id": thing.orig_id,
            "object_link": None,
            "complement_info": None,
            "sample_id": thing.sample.id,
            "project_id": thing.sample.project_id,
            "images": [
                {
                    "imgid": picture.id,
                    "objid": thing.id,
                    "imgrank": rank,
                    "width": picture.width,
                    "height": picture.height,
                    "orig_file_name": picture.name,
                    "thumb_width": None,
                    "thumb_height": None,
                    "file_name": picture.file_name,
                    "thumb_file_name": None,
                }
                for rank, picture in enumerate(thing.pictures)
            ],
            "free_columns": {**thing.free, **thing.texts},
            "classif_crossvalidation_id": None,
            "similarity": None,
            "random_value": thing.id * 7_919_000_003,  # too many digits for a float
        }


def count_by_status(things: list[Thing]) -> dict[str, int]:
    """Return how many objects are validated ("V"), dubious ("D") and predicted ("P")."""
    return {status: sum(thing.status == status for thing in things) for status in "VDP"}


def taxon_of(thing: Thing) -> int:
    """Return the id of an object's taxon, -1 if it has none."""
    return -1 if thing.taxon is None else thing.taxon


def taxo_stats(things: list[Thing]) -> Json:
    """Return which taxa objects have, and how many of them have which status."""
    counts = count_by_status(things)
    return {
        "used_taxa": sorted({taxon_of(thing) for thing in things}),
        "nb_unclassified": sum(thing.status is None for thing in things),
        "nb_validated": counts["V"],
        "nb_dubious": counts["D"],
        "nb_predicted": counts["P"],
    }


def may_manage(project: Project, user: User) -> bool:
    """Tell whether `user` may change and export `project`."""
    return user.admin or user in project.managers


def may_read(project: Project, user: User | None) -> bool:
    """Tell whether `user`, or anybody, may see `project`."""
    return project.access == "1" or (user is not None and may_manage(project, user))
