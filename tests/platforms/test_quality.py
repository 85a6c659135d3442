"""Settings and reports of quality, on CVAT before 2.74 and from then on."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

import pytest

from annoport import UNSET, Job, cvat, errors
from annoport.testing import FakeServer, serve
from annoport.testing.cvat import FakeCvat

TASK = 1


@contextmanager
def connected(version: str) -> Generator[tuple[FakeServer[FakeCvat], cvat.Client]]:
    with (
        serve("cvat", version=version, job_seconds=0) as server,
        # A strict client takes nothing that does not fit its models.
        cvat.Client(server.url, token=server.token, strict=True) as client,
    ):
        yield server, client


def give_ground_truth(server: FakeServer[FakeCvat]) -> None:
    job = next(job for job in server.fake.state.jobs.values() if job.task_id == TASK)
    job.type, job.stage, job.state = "ground_truth", "acceptance", "completed"


@pytest.mark.parametrize("version", ["2.24.0", "2.52.0", "2.73.0"])
def test_settings_were_rules(version: str) -> None:
    with connected(version) as (_, client):
        settings = client.quality.list_settings(task_id=TASK).first()
        assert settings is not None
        assert (settings.task_id, settings.iou_threshold) == (TASK, 0.4)
        assert settings.requirements is UNSET
        changed = client.quality.partial_update_settings(
            settings.id, body={"iou_threshold": 0.5, "target_metric": "precision"}
        )
        assert changed.iou_threshold == 0.5
        assert changed.target_metric is cvat.models.QualityTargetMetric.PRECISION
        assert client.quality.retrieve_settings(settings.id) == changed
        with pytest.raises(errors.ValidationError, match="less than or equal to 1"):
            client.quality.partial_update_settings(settings.id, body={"iou_threshold": 7})
        with pytest.raises(errors.UnsupportedByServerError, match=r"requirements: CVAT 2\.74"):
            client.quality.partial_update_settings(settings.id, body={"requirements": []})


@pytest.mark.parametrize("version", ["2.74.1", "2.80.0"])
def test_settings_are_requirements(version: str) -> None:
    with connected(version) as (_, client):
        settings = client.quality.list_settings(task_id=TASK).first()
        assert settings is not None
        assert settings.iou_threshold is UNSET
        assert settings.requirements
        (base,) = settings.requirements
        assert (base.is_base, base.iou_threshold) == (True, 0.4)
        changed = client.quality.partial_update_settings(
            settings.id, body={"requirements": [{"name": "Boxes", "iou_threshold": 0.6}]}
        )
        assert changed.requirements
        assert [(one.name, one.iou_threshold) for one in changed.requirements] == [("Boxes", 0.6)]
        with pytest.raises(
            errors.UnsupportedByServerError, match=r"iou_threshold: CVAT before 2\.74"
        ):
            client.quality.partial_update_settings(settings.id, body={"iou_threshold": 0.5})


@pytest.mark.parametrize("version", ["2.52.0", "2.80.0"])
def test_reports(version: str) -> None:
    with connected(version) as (server, client):
        with pytest.raises(errors.ValidationError, match="require a Ground Truth job"):
            client.quality.create_report(body={"task_id": TASK})
        give_ground_truth(server)
        started = client.quality.create_report(body={"task_id": TASK})
        assert isinstance(started, Job)
        started.wait(timeout=60)
        number = started.result()
        assert isinstance(number, int)
        report = client.quality.retrieve_report(number)
        assert (report.task_id, report.summary.total_frames) == (TASK, 5)
        if version == "2.52.0":
            assert (report.summary.accuracy, report.summary.requirements) == (1.0, UNSET)
        else:
            assert report.summary.accuracy is UNSET
            assert report.summary.requirements
            assert report.summary.requirements.enabled == 1
        assert list(client.quality.list_reports(task_id=TASK)) == [report]
