"""The files of media in the object store."""

from __future__ import annotations

import json

from annoport.testing.tator.object_store import ObjectStore
from annoport.testing.tator.state import Row, Tables
from annoport.testing.tator.videos import mp4

WIDTH, HEIGHT = 64, 48
FRAMES = 90
FPS = 30.0
FILE_ROLES = ("archival", "streaming", "audio", "image", "attachment", "thumbnail", "thumbnail_gif")


def add_image(tables: Tables, store: ObjectStore, row: Row, content: bytes, *, mime: str) -> None:
    """Store the image of a medium, also as its own thumbnail."""
    organization = tables.projects.get(row["project"])["organization"]
    folder = f"{organization}/{row['project']}/{row['id']}"
    key = f"{folder}/image.{mime.partition('/')[2]}"
    store.put(key, content)
    store.put(f"{folder}/thumb.jpg", content)
    resolution = [row["height"] or HEIGHT, row["width"] or WIDTH]
    row["height"], row["width"] = resolution
    image = {"mime": mime, "path": key, "size": len(content), "resolution": resolution}
    row["media_files"] = {
        "image": [image],
        "thumbnail": [{**image, "mime": "image/None", "path": f"{folder}/thumb.jpg"}],
    }


def add_video_files(tables: Tables, store: ObjectStore, row: Row, size: int) -> None:
    """Store the streaming and the archival file of a video."""
    organization = tables.projects.get(row["project"])["organization"]
    folder = f"{organization}/{row['project']}/{row['id']}"
    keys = {name: f"{folder}/{name}" for name in ("480.mp4", "480_segments.json", "original.mp4")}
    store.put(keys["480.mp4"], mp4(size, seed=f"{row['name']} streaming"))
    store.put(keys["original.mp4"], mp4(2 * size, seed=f"{row['name']} archival"))
    segments = {"file": {"start": 0}, "segments": [{"frame_start": 0, "frame_samples": FRAMES}]}
    store.put(keys["480_segments.json"], json.dumps(segments).encode())
    common = {
        "codec": "h264",
        "codec_mime": 'video/mp4; codecs="avc1.64001e"',
        "resolution": [HEIGHT, WIDTH],
    }
    row["num_frames"], row["fps"], row["codec"] = FRAMES, FPS, "h264"
    row["width"], row["height"] = WIDTH, HEIGHT
    row["media_files"] = {
        "streaming": [
            {
                "path": keys["480.mp4"],
                "size": size,
                **common,
                "segment_info": keys["480_segments.json"],
                "reference_only": 0,
            }
        ],
        "archival": [
            {"path": keys["original.mp4"], "size": 2 * size, **common, "reference_only": 0}
        ],
    }
