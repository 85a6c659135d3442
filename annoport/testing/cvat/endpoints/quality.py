"""Endpoints for the settings and reports of quality: those before 2.74, and those from then on."""

from __future__ import annotations

from starlette.responses import Response

from annoport.testing.cvat.answers import Json, answer, refuse_detail, refuse_field, refuse_list
from annoport.testing.cvat.background import Done, Plan
from annoport.testing.cvat.call import Call, Routes
from annoport.testing.cvat.lists import listed
from annoport.testing.cvat.state import Job, Task, now

_PROJECTS = "2.37"
"""From here on projects have settings, too."""
_REQUIREMENTS = "2.74"
"""From here on settings are a list of requirements."""

_RULES: Json = {
    "target_metric": "accuracy",
    "target_metric_threshold": 0.7,
    "iou_threshold": 0.4,
    "oks_sigma": 0.09,
    "point_size_base": "group_bbox_size",
    "line_thickness": 0.01,
    "low_overlap_threshold": 0.8,
    "compare_line_orientation": True,
    "line_orientation_threshold": 0.1,
    "compare_groups": True,
    "group_match_threshold": 0.5,
    "check_covered_annotations": True,
    "object_visibility_threshold": 0.05,
    "panoptic_comparison": True,
    "compare_attributes": True,
    "empty_is_annotated": False,
}
_COUNTS = ("valid_count", "ds_count", "gt_count", "total_count", "warning_count")
_SCORES = ("accuracy", "precision", "recall")
_NO_TRUTH = (
    "Quality reports require a Ground Truth job in the task at the acceptance stage and in the "
    "completed state"
)


def _settings_of(call: Call, task: Task) -> Json:
    """Return the settings of a task, which every task has."""
    known: dict[int, Json] = call.state.quality_settings
    for each in known.values():
        if each["task_id"] == task.id:
            return each
    number = call.state.new_id("quality settings")
    known[number] = {
        "id": number,
        "task_id": task.id,
        "project_id": None,
        "job_filter": "",
        "inherit": True,
        "max_validations_per_job": 0,
        "created_date": now(),
        "updated_date": now(),
        "rules": dict(_RULES),
        "requirements": [_requirement(call, {"name": "Base", "is_base": True})],
    }
    return known[number]


def _requirement(call: Call, given: Json) -> Json:
    """Return a new requirement, with what it says besides its defaults."""
    return {
        "id": call.state.new_id("quality requirement"),
        "name": "",
        "enabled": True,
        "is_base": False,
        "filter": "",
        "metric": "accuracy",
        "required_score": 0.7,
        "iou_threshold": 0.4,
        "sort_order": 0,
        **given,
    }


def _shown(call: Call, settings: Json) -> Json:
    """Return settings as the server's release says them."""
    is_since = call.backend.is_since
    names = ["id", "task_id", "max_validations_per_job"]
    if is_since(_PROJECTS):
        names += ["project_id", "job_filter", "inherit", "created_date", "updated_date"]
    shown: Json = {name: settings[name] for name in names}
    if is_since(_REQUIREMENTS):
        return {**shown, "requirements": settings["requirements"]}
    rules: Json = settings["rules"]
    known = {name: rules[name] for name in rules if name != "empty_is_annotated"}
    return {**shown, **(rules if is_since("2.25") else known)}


def _found(call: Call) -> Json:
    for task in call.state.tasks.values():
        _settings_of(call, task)
    return call.find(call.state.quality_settings, "QualitySettings")


async def settings_list(call: Call) -> Response:
    """GET /api/quality/settings."""
    rows = [
        _shown(call, _settings_of(call, task))
        for task in call.state.tasks.values()
        if call.visible(task.organization_id)
    ]
    return listed(call, rows, simple=("task_id", "project_id"), search=(), sort="id")


async def settings(call: Call) -> Response:
    """GET /api/quality/settings/{id}."""
    return answer(_shown(call, _found(call)))


async def change_settings(call: Call) -> Response:
    """PATCH /api/quality/settings/{id}; what the release does not know is ignored."""
    found, given = _found(call), await call.body()
    for name, value in given.items():
        if isinstance(value, float | int) and name.endswith("threshold") and value > 1:
            refuse_field(name, "Ensure this value is less than or equal to 1.")
    known = _shown(call, found)
    for name in given.keys() & known.keys() - {"id", "task_id", "project_id", "requirements"}:
        place = found["rules"] if name in _RULES else found
        place[name] = given[name]
    if "requirements" in known and "requirements" in given:
        # No server was seen that was sent some: a list replaces the one before, as elsewhere.
        found["requirements"] = [_requirement(call, each) for each in given["requirements"]]
    found["updated_date"] = now()
    return answer(_shown(call, found))


# --------------------------------------------------------------------------- reports


async def create_report(call: Call) -> Response:
    """POST /api/quality/reports: a background request, whose result is a report."""
    number = (await call.body()).get("task_id")
    if number is None:
        refuse_field("non_field_errors", 'One of the fields "task_id", "project_id" required')
    if number not in call.state.tasks:
        refuse_detail(f"Task {number} does not exist", 404)
    task = call.state.tasks[number]
    if not any(map(_is_truth, call.state.jobs_of(task))):
        refuse_list(_NO_TRUTH)
    plan = Plan(
        id=f"action=calculate&target=task&target_id={task.id}&subresource=quality",
        operation="calculate:quality",
        target="task",
        owner=call.user,
        work=lambda: Done(result_id=_report(call, task)["id"]),
        subject={"project_id": task.project_id, "task_id": task.id},
    )
    call.backend.queue.start(plan)
    return answer({"rq_id": plan.id}, 202)


def _is_truth(job: Job) -> bool:
    return (job.type, job.stage, job.state) == ("ground_truth", "acceptance", "completed")


def _report(call: Call, task: Task) -> Json:
    jobs = call.state.jobs_of(task)
    truths = len([job for job in jobs if job.type == "ground_truth"])
    frames = len(task.images)
    number = call.state.new_id("quality report")
    call.state.quality_reports[number] = {
        "id": number,
        "job_id": None,
        "task_id": task.id,
        "project_id": task.project_id,
        "parent_id": None,
        "target": "task",
        "summary": {
            "total_frames": frames,
            "frame_count": frames,
            "validation_frames": frames,
            "frame_share": 1.0,
            "validation_frame_share": 1.0,
            "conflict_count": 0,
            "error_count": 0,
            "conflicts_by_type": {},
            **dict.fromkeys(_COUNTS, 0),
            **dict.fromkeys(_SCORES, 1.0),
            "jobs": {
                "total": len(jobs),
                "excluded": 0,
                "not_checkable": 0,
                "included": len(jobs) - truths,
                "completed": 0,
            },
            "requirements": {
                "total": 1,
                "enabled": 1,
                "completed": 1,
                "not_computed": 0,
                "items": [],
            },
        },
        "created_date": now(),
        "target_last_updated": task.updated,
        "gt_last_updated": task.updated,
        "assignee": None,
    }
    return call.state.quality_reports[number]


def _report_shown(call: Call, report: Json) -> Json:
    """Return a report as the server's release says it."""
    is_since = call.backend.is_since
    summary: Json = dict(report["summary"])
    lacked = (
        {*_COUNTS, *_SCORES, "frame_count", "frame_share"}
        if is_since(_REQUIREMENTS)
        else {"requirements"}
    )
    shown: Json = dict(report)
    if not is_since(_PROJECTS):
        lacked |= {"jobs", "total_frames", "validation_frames", "validation_frame_share"}
        del shown["project_id"]
    if not is_since(_REQUIREMENTS):
        summary["jobs"] = {k: v for k, v in summary["jobs"].items() if k != "completed"}
    shown["summary"] = {name: value for name, value in summary.items() if name not in lacked}
    return shown


async def reports(call: Call) -> Response:
    """GET /api/quality/reports."""
    rows = [_report_shown(call, report) for report in call.state.quality_reports.values()]
    compared = ("task_id", "job_id", "parent_id", "project_id", "target")
    return listed(call, rows, simple=compared, search=(), sort="-id")


async def report(call: Call) -> Response:
    """GET /api/quality/reports/{id}."""
    return answer(_report_shown(call, call.find(call.state.quality_reports, "QualityReport")))


async def report_data(call: Call) -> Response:
    """GET /api/quality/reports/{id}/data: the report with what it was computed by."""
    found = call.find(call.state.quality_reports, "QualityReport")
    return answer({**_report_shown(call, found), "parameters": {}, "frame_results": {}})


ROUTES: Routes = {
    "quality/settings": {"GET": settings_list},
    "quality/settings/{id:int}": {"GET": settings, "PATCH": change_settings},
    "quality/reports": {"GET": reports, "POST": create_report},
    "quality/reports/{id:int}": {"GET": report},
    "quality/reports/{id:int}/data": {"GET": report_data},
}
