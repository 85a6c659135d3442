"""What calls of CVAT can be told: the organization, and how an import treats masks."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

import pytest

import annoport_cvat
from annoport.errors import NotFoundError
from annoport.testing import FakeServer, serve

EMPTY = b'{"categories": [], "images": [], "annotations": []}'


@pytest.fixture
def server() -> Iterator[FakeServer[Any]]:
    with serve("cvat", job_seconds=0.02) as running:
        yield running


def test_a_client_can_change_to_another_organization(server: FakeServer[Any]) -> None:
    with annoport_cvat.Client(server.url, token=server.token) as client:
        everything = [task.id for task in client.tasks.list()]
        team = client.with_options(organization="marsh-watch")
        assert team.tasks is not client.tasks
        inside = [task.id for task in team.tasks.list()]
        assert set(inside) < set(everything)
        assert [task.id for task in client.tasks.list()] == everything
        assert [task.id for task in team.with_options(timeout=9).tasks.list()] == inside
        personal = [task.id for task in team.with_options(organization="").tasks.list()]
        assert set(personal).isdisjoint(inside)
        assert [task.id for task in team.with_options(organization=None).tasks.list()] == everything
        with pytest.raises(NotFoundError, match="nowhere organization does not exist"):
            client.with_options(organization="nowhere").tasks.retrieve(1)


def test_an_async_client_too(server: FakeServer[Any]) -> None:
    async def names() -> list[str]:
        async with annoport_cvat.AsyncClient(
            server.url, token=server.token, organization="nowhere"
        ) as client:
            team = client.with_options(organization="marsh-watch", max_retries=0)
            return [one.slug async for one in team.organizations.list()]

    assert "marsh-watch" in asyncio.run(names())


@pytest.mark.parametrize("padding", [0, 100_000_001])
def test_imports_say_what_becomes_of_masks(server: FakeServer[Any], padding: int) -> None:
    with annoport_cvat.Client(server.url, token=server.token) as client:
        content = EMPTY + b" " * padding
        client.tasks.upload_annotations(
            1, content, format="COCO 1.0", conv_mask_to_poly=False
        ).wait()
        sent = [parse_qs(one.query) for one in server.requests if one.method == "POST"]
        assert sent[-1]["conv_mask_to_poly"] == ["false"]
        if not padding:
            job = client.jobs.upload_annotations(
                1, EMPTY, format="COCO 1.0", conv_mask_to_poly=True
            )
            job.wait()
            sent = [parse_qs(one.query) for one in server.requests if one.method == "POST"]
            assert sent[-1]["conv_mask_to_poly"] == ["true"]
