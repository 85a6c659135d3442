"""The small dataset that the fake EcoTaxa starts with: plankton from two cruises."""

from __future__ import annotations

from annoport.testing.ecotaxa.state import Project, State, Taxon, Thing, User, now
from annoport.testing.images import png

_TAXA = (
    (1, "Biota", None, "P", "Superdomain"),
    (2367, "Animalia", 1, "P", "Kingdom"),
    (11517, "Arthropoda", 2367, "P", "Phylum"),
    (25828, "Copepoda", 11517, "P", "Class"),
    (45072, "Cyclopoida", 25828, "P", "Order"),
    (45074, "Calanoida", 25828, "P", "Order"),
    (78418, "Oncaeidae", 45072, "P", "Family"),
    (84960, "not-living", None, "M", None),
    (84963, "detritus", 84960, "M", None),
    (85076, "egg<other", 84960, "M", None),
)
_NAMES = ("area", "mean", "major", "minor", "esd")


def seeded(email: str, password: str) -> State:
    """Return a state with ten taxa, three projects and sixteen objects.

    email, password: those of the first user, an administrator.
    """
    state = State()
    people = (
        (email, password, "Ada Lind"),
        ("grace@example.org", "second pass word", "Grace Okoro"),
    )
    for number, (address, secret, name) in enumerate(people, 1):
        state.users[number] = User(
            id=number,
            email=address,
            password=secret,
            name=name,
            organisation="Marine Station",
            admin=number == 1,
        )
    for number, name, parent, kind, rank in _TAXA:
        state.taxa[number] = Taxon(id=number, name=name, parent=parent, type=kind, rank=rank)
    ada, grace = state.users[1], state.users[2]
    tows = _project(state, "Bay net tows 2024", "Zooscan", ada)
    tows.bodc_variables = {
        "subsample_coef": "1",
        "total_water_volume": "100",
        "individual_volume": "1",
    }
    _fill(state, tows, ("tow_01", "tow_02"), 6, ada)
    profiles = _project(state, "Arctic profiles 2025", "UVP6", ada)
    _fill(state, profiles, ("profile_a",), 4, ada)
    private = _project(state, "Not yet published", "FlowCam", grace)
    private.access = "0"
    return state


def _project(state: State, title: str, instrument: str, manager: User) -> Project:
    number = state.new_id("project")
    made = Project(id=number, title=title, instrument=instrument, managers=[manager])
    made.free_columns = list(_NAMES)
    state.projects[number] = made
    return made


def _fill(state: State, project: Project, samples: tuple[str, ...], count: int, who: User) -> None:
    leaves = (45072, 45074, 78418, 84963)
    for place, name in enumerate(samples):
        sample = state.new_sample(project, name, 43.68 + place / 10, 7.31)
        for number in range(count):
            width, height = 24 + 3 * number, 20 + 2 * number
            validated = number % 3 != 2  # two of three
            thing = Thing(
                id=state.new_id("thing", 200_000_001),
                sample=sample,
                orig_id=f"{name}_{number:03d}",
                taxon=leaves[number % len(leaves)],
                status="V" if validated else "P",
                annotator=who if validated else None,
                image_name=f"{name}_{number:03d}.png",
                image=png(width, height, shade=200),
                width=width,
                height=height,
                depth_max=50.0 + 10 * number,
                classified=now(),
            )
            thing.free = {key: float((number + 2) * (rank + 3)) for rank, key in enumerate(_NAMES)}
            state.things[thing.id] = thing
