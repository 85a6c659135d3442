"""The small dataset that the fake CVAT starts with: camera traps and road crossings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from annoport.testing.cvat.state import Image, Organization, Project, State, Task, User
from annoport.testing.images import png

if TYPE_CHECKING:
    from annoport.testing.cvat.answers import Json

_WIDTH, _HEIGHT = 64, 48


def seeded(username: str, password: str) -> State:
    """Return a state with two projects, an organization and twelve tasks.

    username, password: those of the first user, who may do everything.
    """
    state = State()
    people = (("Ada", "Lind", username, password), ("Grace", "Okoro", "grace", "second pass word"))
    for first, last, name, secret in people:
        number = state.new_id("user")
        state.users[number] = User(
            id=number,
            username=name,
            password=secret,
            first_name=first,
            last_name=last,
            staff=number == 1,
        )
    owner = state.users[1]
    number = state.new_id("organization")
    state.organizations[number] = Organization(
        id=number, slug="marsh-watch", name="Marsh Watch", owner=owner
    )
    _add_camera_traps(state, owner)
    _add_crossings(state, owner, number)
    return state


def _project(state: State, owner: User, name: str, organization_id: int | None = None) -> Project:
    number = state.new_id("project")
    project = Project(id=number, name=name, owner=owner, organization_id=organization_id)
    state.projects[number] = project
    return project


def _task(state: State, owner: User, name: str, project: Project | None, subset: str = "") -> Task:
    number = state.new_id("task")
    task = Task(
        id=number,
        name=name,
        owner=owner,
        subset=subset,
        project_id=project.id if project else None,
        organization_id=project.organization_id if project else None,
    )
    state.tasks[number] = task
    return task


def _frames(prefix: str, count: int) -> list[Image]:
    return [
        Image(
            f"{prefix}_{number:03d}.png",
            png(_WIDTH, _HEIGHT, shade=90 + 15 * number),
            _WIDTH,
            _HEIGHT,
        )
        for number in range(count)
    ]


def _add_camera_traps(state: State, owner: User) -> None:
    project = _project(state, owner, "Camera traps")
    age: Json = {
        "name": "age",
        "mutable": False,
        "input_type": "select",
        "default_value": "adult",
        "values": ["adult", "young"],
    }
    deer, fox, badger = (
        state.add_label(spec, project_id=project.id)
        for spec in (
            {"name": "deer", "color": "#8a5a2b", "attributes": [age]},
            {"name": "fox", "color": "#d2691e"},
            {"name": "badger", "color": "#555555"},
        )
    )
    meadow = _task(state, owner, "North meadow, week 12", project, "train")
    meadow.segment_size = 2
    state.attach(meadow, _frames("meadow", 5))
    adult = [{"spec_id": deer.attributes[0]["id"], "value": "adult"}]
    meadow.shapes = [
        _box(state, deer.id, 0, [6.5, 8.0, 30.25, 40.0], adult),
        _box(state, fox.id, 1, [40.0, 20.5, 58.0, 36.0], []),
        _box(state, deer.id, 3, [10.0, 10.0, 33.0, 41.5], adult),
        {
            **_box(state, badger.id, 4, [5.0, 30.0, 20.0, 28.0, 24.0, 40.0, 8.0, 42.0], []),
            "type": "polygon",
        },
    ]
    meadow.tags = [
        {
            "id": state.new_id("tags"),
            "label_id": fox.id,
            "frame": 1,
            "group": 0,
            "source": "manual",
            "attributes": [],
        }
    ]
    pond = _task(state, owner, "Pond, week 13", project, "validation")
    state.attach(pond, _frames("pond", 3))
    pond.shapes = [_box(state, badger.id, 2, [12.0, 14.0, 40.0, 38.0], [])]
    pond.tracks = [_track(state, fox.id)]
    for week in range(14, 22):
        _task(state, owner, f"Hedge, week {week}", project)


def _add_crossings(state: State, owner: User, organization_id: int) -> None:
    project = _project(state, owner, "Road crossings", organization_id)
    car = state.add_label({"name": "car", "color": "#1e66d2"}, project_id=project.id)
    state.add_label({"name": "bicycle", "color": "#2ba84a"}, project_id=project.id)
    crossing = _task(state, owner, "Mill Lane, morning", project)
    state.attach(crossing, _frames("mill_lane", 4))
    crossing.shapes = [_box(state, car.id, frame, [4.0, 20.0, 28.0, 36.0], []) for frame in (0, 2)]
    alone = _task(state, owner, "Bridge, trial", None)
    state.add_label({"name": "boat", "color": "#ffcc00"}, task_id=alone.id)


def _box(
    state: State, label_id: int, frame: int, points: list[float], attributes: list[Json]
) -> Json:
    return {
        "id": state.new_id("shapes"),
        "label_id": label_id,
        "type": "rectangle",
        "frame": frame,
        "group": None,
        "source": "manual",
        "occluded": False,
        "outside": False,
        "z_order": 0,
        "rotation": 0.0,
        "points": points,
        "attributes": attributes,
        "elements": [],
    }


def _track(state: State, label_id: int) -> Json:
    steps = (
        (0, [2.0, 20.0, 14.0, 30.0], False),
        (1, [20.0, 21.0, 32.0, 31.0], False),
        (2, [40.0, 22.0, 52.0, 32.0], True),
    )
    return {
        "id": state.new_id("tracks"),
        "label_id": label_id,
        "frame": 0,
        "group": 0,
        "source": "manual",
        "shapes": [
            {
                "id": state.new_id("tracked shape"),
                "type": "rectangle",
                "frame": frame,
                "occluded": False,
                "outside": outside,
                "z_order": 0,
                "rotation": 0.0,
                "points": points,
                "attributes": [],
            }
            for frame, points, outside in steps
        ],
        "attributes": [],
        "elements": [],
    }
