"""The files that users of the fake EcoTaxa have uploaded."""

from __future__ import annotations

import io
import posixpath
import zipfile

import attrs

from annoport.testing.ecotaxa.answers import Json

IMAGE_MAGIC = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM")
TABLE_SUFFIXES = (".tsv", ".txt")


@attrs.define
class Folder:
    """The files of one user, by path."""

    root: str  # precedes every path that the server returns
    files: dict[str, bytes] = attrs.field(factory=dict[str, bytes])
    directories: set[str] = attrs.field(factory=set[str])

    def add(self, path: str, content: bytes) -> str:
        """Store an upload; a zip is unpacked, and an unknown type is dropped."""
        path = path.strip("/")
        self._make(posixpath.dirname(path))
        if path.endswith(".zip"):
            self._unpack(path.removesuffix(".zip"), content)
        elif _is_kept(path, content):
            self.files[path] = content
        return f"{self.root}/{path}"

    def _unpack(self, target: str, content: bytes) -> None:
        self._make(target)
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = [name for name in archive.namelist() if not name.endswith("/")]
            own = f"{posixpath.basename(target)}/"
            inside = all(name.startswith(own) for name in names)
            for name in names:
                path = f"{target}/{name.removeprefix(own) if inside else name}"
                self._make(posixpath.dirname(path))
                content = archive.read(name)
                if _is_kept(path, content):
                    self.files[path] = content

    def _make(self, path: str) -> None:
        while path:
            self.directories.add(path)
            path = posixpath.dirname(path)

    def make(self, path: str) -> bool:
        """Make a directory; return False if it exists."""
        path = path.strip("/")
        if path in self.directories:
            return False
        self._make(path)
        return True

    def known(self, path: str) -> bool:
        """Tell whether there is such a file or directory."""
        return path.strip("/") in self.files or path.strip("/") in self.directories

    def remove(self, path: str) -> None:
        """Remove a file, or a directory with all that is in it."""
        path = path.strip("/")
        inside = f"{path}/"
        self.files = {
            name: content
            for name, content in self.files.items()
            if name != path and not name.startswith(inside)
        }
        self.directories = {
            name for name in self.directories if name != path and not name.startswith(inside)
        }

    def move(self, source: str, target: str) -> None:
        """Move a file or a directory."""
        source, target = source.strip("/"), target.strip("/")
        self.files = {_moved(name, source, target): c for name, c in self.files.items()}
        self.directories = {_moved(name, source, target) for name in self.directories}

    def entries(self, path: str) -> list[Json]:
        """List a directory, without sizes and times."""
        folder = f"{path}/" if path else ""
        found: list[Json] = []
        for kind, names in (("D", sorted(self.directories)), ("F", list(self.files))):
            for name in names:
                rest = name.removeprefix(folder)
                if name.startswith(folder) and rest and "/" not in rest:
                    found.append({"name": rest, "type": kind, "size": 0, "mtime": ""})
        return found

    def below(self, path: str) -> dict[str, bytes]:
        """Return all files in a directory and its subdirectories."""
        folder = f"{path}/"
        return {n: content for n, content in self.files.items() if n.startswith(folder)}


def _moved(name: str, source: str, target: str) -> str:
    if name == source or name.startswith(f"{source}/"):
        return target + name.removeprefix(source)
    return name


def _is_kept(path: str, content: bytes) -> bool:
    return content.startswith(IMAGE_MAGIC) or _is_table(path, content)


def _is_table(path: str, content: bytes) -> bool:
    head = content.removeprefix(b"\xef\xbb\xbf").partition(b"\n")[0]
    return path.endswith(TABLE_SUFFIXES) and (b"object_" in head or b"img_" in head)
