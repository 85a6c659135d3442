"""Datasets for PyTorch: samples, transforms, and workers of a DataLoader."""

from __future__ import annotations

import os
import pickle
from typing import Any

import pytest

from annoport import cvat, ecotaxa, errors, tator, testing
from annoport import torch as ours
from annoport.testing import FakeServer
from annoport.testing.cvat import FakeCvat
from annoport.vision import Dataset
from tests.torch.libraries import torch

# In a process that has threads, Python 3.12 and later warn of every fork.
pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded")

MEADOW, FRAMES = 1, 5


def pixels(image: Any) -> Any:
    """A picture as a tensor: 1 x height x width."""
    return torch.frombuffer(bytearray(image.tobytes()), dtype=torch.uint8).reshape(
        1, image.height, image.width
    )


def name_of(target: ours.Target) -> str:
    return target.frame.name


def with_name(image: Any, target: ours.Target) -> tuple[str, Any]:
    return target.frame.name, (image, target)


def with_process(image: Any, target: ours.Target) -> tuple[Any, tuple[str, int]]:
    """A picture, and which process it was made in."""
    return pixels(image), (target.frame.name, os.getpid())


def loader(dataset: Any, **options: Any) -> Any:
    return torch.utils.data.DataLoader(dataset, **options)


def asked(server: FakeServer[FakeCvat]) -> list[str]:
    """The paths of requests for pictures."""
    return [one.path for one in server.requests if one.path.endswith("/data/")]


class TestSamples:
    def test_a_picture_and_what_is_on_it(self, client: cvat.Client) -> None:
        dataset = ours.VisionDataset(cvat.task(client, MEADOW))
        assert isinstance(dataset, torch.utils.data.Dataset)
        assert len(dataset) == FRAMES
        image, target = dataset[1]
        assert image.tobytes() == Dataset(cvat.task(client, MEADOW))[1].load().tobytes()
        assert target.image_size == image.size == (64, 48)
        assert [(tag.kind, tag.label) for tag in target.tags] == [("tag", "fox")]
        assert [(one.kind, one.label) for one in target.shapes] == [("box", "fox")]
        assert len(target.annotations) == 2
        assert target.label_index == {"deer": 0, "fox": 1, "badger": 2}
        assert [label.name for label in target.labels] == ["deer", "fox", "badger"]
        assert (target.part, target.subset) == ("task 1", "train")
        assert str(target) == "task 1, frame 1 (meadow_001.png)"

    def test_it_is_a_sequence(self, client: cvat.Client) -> None:
        dataset = ours.VisionDataset(cvat.task(client, MEADOW), target_transform=name_of)
        names = [name for _, name in dataset]
        assert names == [f"meadow_{number:03d}.png" for number in range(FRAMES)]
        assert dataset[-1][1] == names[-1]
        assert [dataset[index][1] for index in range(FRAMES)] == names
        with pytest.raises(IndexError):
            dataset[FRAMES]

    def test_of_a_source_no_request_is_made_later(
        self, server: FakeServer[FakeCvat], client: cvat.Client
    ) -> None:
        dataset = ours.VisionDataset(cvat.project(client, 1))
        assert asked(server) != []
        server.requests.clear()
        assert len(list(dataset)) == 8
        assert server.requests == []

    def test_of_a_dataset_what_it_was_told_holds(self, client: cvat.Client) -> None:
        data = Dataset(
            cvat.project(client, 1),
            subsets=["validation"],
            labels={"deer": 7, "fox": 5, "badger": 3},
            images="demand",
        )
        dataset = ours.VisionDataset(data)
        assert len(dataset) == 3
        assert {target.part for _, target in dataset} == {"task 2"}
        assert dataset[0][1].label_index == {"deer": 7, "fox": 5, "badger": 3}
        assert dataset.data is data


class TestOtherPlatforms:
    def test_objects_of_ecotaxa_with_their_taxa(self) -> None:
        with (
            testing.serve("ecotaxa") as server,
            ecotaxa.Client(server.url, token=server.token) as client,
        ):
            dataset = ours.VisionDataset(
                ecotaxa.project(client, 1), transform=pixels, target_transform=ours.ToLabel()
            )
            taxa = {sample.annotations[0].label for sample in dataset.data}
        # The server is gone, and workers read what is there.
        found: list[int] = [label.item() for _, (label,) in loader(dataset, num_workers=1)]
        assert {dataset.data.labels[index].name for index in found} == taxa
        assert len(found) == len(dataset) > len(taxa) > 1

    def test_media_of_tator_with_their_boxes(self) -> None:
        with (
            testing.serve("tator") as server,
            tator.Client(server.url, token=server.token) as client,
        ):
            dataset = ours.VisionDataset(
                tator.media(client, 1), target_transform=ours.ToBoxes(shapes="box")
            )
            rows = [row for row in client.localizations.list(1, media_id=[1]) if row.width]
        ((image, target),) = dataset
        assert image.size == (64, 48)
        lefts = [each.x * 64 for each in rows if isinstance(each.x, float)]
        assert target["boxes"][:, 0].tolist() == pytest.approx(lefts)
        assert len(lefts) == len(rows) > 0


class TestTransforms:
    def test_each_gets_its_part_of_the_sample(self, client: cvat.Client) -> None:
        source = cvat.task(client, MEADOW)
        image, target = ours.VisionDataset(source)[2]
        assert ours.VisionDataset(source, transform=lambda image: image.size)[2] == (
            image.size,
            target,
        )
        found, name = ours.VisionDataset(source, target_transform=name_of)[2]
        assert (found.tobytes(), name) == (image.tobytes(), "meadow_002.png")
        both = ours.VisionDataset(source, transform=pixels, target_transform=name_of)[2]
        assert torch.equal(both[0], pixels(image))
        assert both[1] == "meadow_002.png"
        name, (found, same) = ours.VisionDataset(source, transforms=with_name)[2]
        assert (name, found.tobytes(), same) == ("meadow_002.png", image.tobytes(), target)

    @pytest.mark.parametrize("other", ["transform", "target_transform"])
    def test_both_ways_at_once_are_refused(self, client: cvat.Client, other: str) -> None:
        given: dict[str, Any] = {"transforms": with_process, other: name_of}
        with pytest.raises(errors.InvalidArgumentError) as caught:
            ours.VisionDataset(cvat.task(client, MEADOW), **given)
        assert str(caught.value) == (
            "transforms is called with picture and target: give it alone, or transform and "
            "target_transform in its place"
        )

    def test_a_conversion_leaves_the_picture_beside_it(self, client: cvat.Client) -> None:
        dataset = ours.VisionDataset(cvat.task(client, MEADOW), transforms=ours.ToBoxes())
        image, target = dataset[0]
        assert image.size == (64, 48)
        assert target["boxes"].tolist() == [[6.5, 8.0, 30.25, 40.0]]


class TestLoader:
    @pytest.mark.parametrize("method", ["fork", "spawn"])
    def test_workers_read_the_same_samples(self, client: cvat.Client, method: str) -> None:
        dataset = ours.VisionDataset(cvat.project(client, 1), transforms=with_process)
        alone = list(loader(dataset, batch_size=3))
        shared = list(loader(dataset, batch_size=3, num_workers=2, multiprocessing_context=method))
        assert len(alone) == len(shared) == 3
        processes: set[int] = set()
        for (images, (names, _)), (theirs, (their_names, pids)) in zip(alone, shared, strict=True):
            assert torch.equal(images, theirs)
            assert list(names) == list(their_names)
            processes |= set(pids.tolist())
        assert len(processes) == 2
        assert os.getpid() not in processes

    def test_forked_workers_fetch_what_is_absent(
        self, server: FakeServer[FakeCvat], client: cvat.Client
    ) -> None:
        data = Dataset(cvat.task(client, MEADOW), images="demand")
        server.requests.clear()
        dataset = ours.VisionDataset(data, transforms=with_process)
        found = list(loader(dataset, num_workers=2, multiprocessing_context="fork"))
        assert len(found) == FRAMES
        assert len(asked(server)) == 1

    def test_a_copy_of_spawned_workers_does_not(
        self, server: FakeServer[FakeCvat], client: cvat.Client
    ) -> None:
        data = Dataset(cvat.task(client, MEADOW), images="demand")
        server.requests.clear()
        dataset = ours.VisionDataset(data, transforms=with_process)
        with pytest.raises(errors.NotCachedError) as caught:
            list(loader(dataset, num_workers=1, multiprocessing_context="spawn"))
        assert (
            str(caught.value)
            .strip()
            .endswith(
                "task 1, frame 0 (meadow_000.png): the picture is not in the cache, and a copy in "
                'another process makes no request: make the dataset with images="all"'
            )
        )
        assert server.requests == []

    def test_no_secret_is_pickled(self, server: FakeServer[FakeCvat], client: cvat.Client) -> None:
        dataset = ours.VisionDataset(cvat.project(client, 1), target_transform=ours.ToLabel())
        pickled = pickle.dumps(dataset)
        assert server.token.encode() not in pickled
        assert server.url.encode() not in pickled
        assert len(pickle.loads(pickled)) == 8

    def test_labels_are_stacked(self, client: cvat.Client) -> None:
        data = Dataset(cvat.task(client, MEADOW), select=lambda one: one.annotations[:1] != ())
        tagged = Dataset(
            cvat.task(client, MEADOW),
            select=lambda one: any(each.kind == "tag" for each in one.annotations),
        )
        assert len(data) > len(tagged) == 1
        dataset = ours.VisionDataset(tagged, transform=pixels, target_transform=ours.ToLabel())
        ((images, labels),) = loader(dataset, batch_size=4)
        assert images.shape == (1, 1, 48, 64)
        assert labels.tolist() == [1]

    def test_objects_are_collated_as_lists(self, client: cvat.Client) -> None:
        dataset = ours.VisionDataset(
            cvat.task(client, MEADOW), transform=pixels, target_transform=ours.ToBoxes()
        )
        (batch,) = loader(dataset, batch_size=FRAMES, collate_fn=ours.collate, num_workers=1)
        images, targets = batch
        assert [image.shape for image in images] == [(1, 48, 64)] * FRAMES
        assert [len(target["labels"]) for target in targets] == [1, 1, 0, 1, 1]


def test_the_example_for_those_who_come_from_cvat_sdk(client: cvat.Client) -> None:
    labels = {label.name: label.id for label in client.labels.list(project_id=1)}
    names = ["fox", "deer", "badger"]
    tags = [{"frame": frame, "label_id": labels[name]} for frame, name in enumerate(names)]
    body: Any = {"version": 0, "tags": tags, "shapes": [], "tracks": []}
    client.tasks.update_annotations(2, body=body)

    dataset = ours.VisionDataset(
        Dataset(cvat.project(client, 1), subsets=["validation"], images="all"),
        transform=pixels,
        target_transform=ours.ToLabel(),
    )
    assert len(dataset) == len(names)
    image, target = dataset[0]
    output = torch.nn.Flatten()(image).shape[0]
    assert torch.equal(torch.tensor(output), target)
    assert [target.item() for _, target in dataset] == [1, 0, 2]


def test_what_is_no_source_is_refused() -> None:
    path: Any = "crabs.zip"
    with pytest.raises(errors.InvalidArgumentError) as refused:
        ours.VisionDataset(path)
    assert str(refused.value) == (
        "data is a str: expected a vision.Dataset or a source, such as cvat.task(client, 42)"
    )
