"""Let a function look at the pictures of a source, and write what it finds."""

from __future__ import annotations

import contextlib
import importlib.util
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence, Sized
from numbers import Real
from pathlib import Path
from typing import Any, get_args

from attrs import define, field

from annoport.core.errors import InvalidAnnotationError, InvalidArgumentError, InvalidFunctionError
from annoport.core.support.logs import FUNCTIONS
from annoport.core.support.notes import cache_folder
from annoport.core.support.progress import ProgressOption, show_progress
from annoport.functions.checkpoint import Checkpoint
from annoport.functions.loading import LoadedFunction, prepared
from annoport.functions.protocol import AnyFunction, Context
from annoport.functions.reading import PartEnd, Picture, Pictures
from annoport.functions.report import Report
from annoport.functions.rules import checked
from annoport.functions.terms import Terms, Unmatched, terms
from annoport.functions.tracking import Objects
from annoport.functions.writing import Writer, settle
from annoport.vision.annotations import Annotation
from annoport.vision.matching import LabelRule, Mapped
from annoport.vision.sources import Frame, Part, Source, WriteMode, check_source
from annoport.vision.writing import check_choice


def annotate(
    source: Source,
    function: AnyFunction,
    *,
    mode: WriteMode = "append",
    threshold: float | None = None,
    polygons: bool = False,
    mapping: Mapping[str, Mapped] | None = None,
    unmatched: Unmatched = "error",
    batch_size: int = 8,
    dry_run: bool = False,
    resume: bool = True,
    progress: ProgressOption = True,
    checkpoints: Path | str | None = None,
) -> Report:
    """Let a function look at all pictures of a source, and write what it finds.

    Pictures are read ahead, and annotations are written beside, while the function runs in this
    thread; a few of both are in memory at a time. A run that was killed, simply started again, goes
    on where it was: each picture is annotated once.

    Args:
        source: What to annotate, such as `cvat.task(client, 42)`.
        function: The function: an object or a module with `spec` and `detect` or `detect_batch`;
            what `load` returns; or a detection function for cvat-sdk.
        mode: "append" adds to what is there. "replace" removes all annotations of a part when the
            first new ones are written, tracks too; "replace_auto" those that a model made.
        threshold: The least score of what is written, from 0 to 1, which the function is told; None
            leaves it to the function. What has no score is written.
        polygons: Whether outlines are wanted in place of masks.
        mapping: What labels of the function are called in the source, as for
            `vision.match_labels`; None leaves out a label. Others are called the same.
        unmatched: What becomes of labels, parts and attributes of the function that the source does
            not have: an error before anything is read, or "drop", which leaves out what has them.
        batch_size: How many pictures a `detect_batch` gets at a time.
        dry_run: Whether to do everything but write.
        resume: Whether to go on with an earlier run of the same function, source and arguments that
            was broken off; False forgets it, and what it has written stays.
        progress: True for a progress bar, or a function that is called with the number of pictures
            so far, and of all, or None while that is not known. The bar needs
            `annoport[progress]`.
        checkpoints: The folder for what is noted of an unfinished run; by default in the user's
            cache folder.

    Raises:
        InvalidFunctionError: The function breaks a rule, or does not fit the source.
        InvalidArgumentError: Another argument cannot work; nothing was sent.
        TargetBusyError: Another process is annotating the same with the same function.
        PartialWriteError: A write ended half way; call again, and it goes on.
        NoSpaceError: The disk is too full for what is to be noted.
        AnnoportError: As raised by the requests.
    """
    check_source(source, argument="source")
    _check(mode, threshold, unmatched, batch_size)
    _check_images()
    with _about(_name(function)):
        known = prepared(function)
    content = source.open(source.describe())
    content.check_model(mode)
    with _about(known.name):
        agreed = terms(known.spec, content, mapping, unmatched=unmatched, polygons=polygons)
    for what in agreed.dropped:
        FUNCTIONS.info("%s: %s is left out: %s does not have it", known.name, what, source.name)
    run = _Run(
        function=known,
        terms=agreed,
        mode=mode,
        threshold=threshold,
        polygons=polygons,
        batch_size=batch_size if known.in_batches else 1,
    )
    if dry_run:
        return run.over(content.parts, None, progress, source.name)
    folder = Path(checkpoints) if checkpoints is not None else cache_folder() / "functions"
    identity = (
        *(source.key, source.account(), known.name),
        [label.name for label in known.spec.labels],
        [mode, threshold, polygons, unmatched],
        sorted((name, _plain(target)) for name, target in (mapping or {}).items()),
        # Only where it is said, so that the checkpoints of all other runs stay valid.
        *([content.labels_from] if content.labels_from is not None else ()),
    )
    with Checkpoint(folder, identity, resume=resume) as checkpoint:
        _take_up(checkpoint, content.parts, source.name, mode)
        parts = [part for part in content.parts if not checkpoint.is_whole(part.name)]
        return run.over(parts, checkpoint, progress, source.name)


# --------------------------------------------------------------------------- one run


@define(kw_only=True)
class _Run:
    """A function on its way through the pictures."""

    function: LoadedFunction
    terms: Terms
    mode: WriteMode
    threshold: float | None
    polygons: bool
    batch_size: int
    _seconds: float = field(default=0.0, init=False)
    _frames: int = field(default=0, init=False)
    _objects: Objects = field(factory=Objects, init=False)

    def over(
        self,
        parts: Sequence[Part],
        checkpoint: Checkpoint | None,
        progress: ProgressOption,
        name: str,
    ) -> Report:
        """Look at the pictures of the parts, and return what became of it."""
        begun = time.monotonic()
        writer = Writer(
            checkpoint, self.terms.labels, mode=self.mode, tracks=self.function.spec.tracks
        )

        def wanted(part: Part, frame: Frame) -> bool:
            return checkpoint is None or not checkpoint.is_done(part.name, frame.number)

        pictures = Pictures(parts, wanted, ahead=max(4, 2 * self.batch_size))
        try:
            with _showing(progress, name, pictures, begun) as show:
                for steps in self._in_batches(pictures):
                    if self._do(steps, writer):
                        show(self._frames)
                writer.finish()
        except Exception:
            # What was found before is written, unless that is what has failed.
            with contextlib.suppress(Exception):
                writer.finish()
            raise
        except BaseException:
            writer.abandon()
            raise
        finally:
            pictures.close()
        return Report(
            frames=self._frames,
            resumed=0 if checkpoint is None else checkpoint.annotations,
            annotations=dict(writer.written),
            dropped=self.terms.dropped,
            seconds=time.monotonic() - begun,
            function_seconds=self._seconds,
            dry_run=checkpoint is None,
        )

    def _in_batches(self, steps: Iterable[Picture | PartEnd]) -> Iterator[list[Picture | PartEnd]]:
        """Yield pictures for one call, with the ends of parts among them.

        One that follows objects gets no pictures of two parts at once.
        """
        waiting: list[Picture | PartEnd] = []
        count = 0
        for step in steps:
            waiting.append(step)
            count += isinstance(step, Picture)
            is_end = isinstance(step, PartEnd) and (self.function.spec.tracks or not count)
            if is_end or count == self.batch_size:
                yield waiting
                waiting, count = [], 0
        if waiting:
            yield waiting

    def _do(self, steps: Sequence[Picture | PartEnd], writer: Writer) -> int:
        """Look at pictures, and return how many there were."""
        pictures = [step for step in steps if isinstance(step, Picture)]
        found = iter(self._found(pictures) if pictures else ())
        for step in steps:
            if isinstance(step, PartEnd):
                writer.end(step)
                self._objects = Objects()
                continue
            self._frames += 1
            writer.add(step, self._checked(step, next(found)))
        return len(pictures)

    def _found(self, pictures: Sequence[Picture]) -> Sequence[Sequence[Annotation]]:
        """Return what the function finds in pictures, as it returns it."""
        contexts = [self._context(picture) for picture in pictures]
        images = [picture.image for picture in pictures]
        shown = str(pictures[0])
        if len(pictures) > 1:
            shown += f" and the {len(pictures) - 1} after it"
        begun = time.monotonic()
        try:
            found = self.function.detect_batch(contexts, images)
        except InvalidAnnotationError as error:
            raise InvalidFunctionError(self.function.name, str(error), frame=shown) from error
        except InvalidFunctionError:
            raise
        except Exception as error:
            error.add_note(f"raised by function {self.function.name}, {shown}")
            raise
        self._seconds += time.monotonic() - begun
        count = _length(found)
        if count != len(pictures):
            what = type(found).__name__ if count is None else f"{count} lists"
            rule = f"detect_batch returned {what} for {len(pictures)} pictures"
            raise InvalidFunctionError(self.function.name, rule, frame=shown)
        return found

    def _context(self, picture: Picture) -> Context:
        return Context(
            frame_name=picture.frame.name,
            threshold=self.threshold,
            polygons=self.polygons,
            part=picture.part.name,
            frame=picture.frame.number,
        )

    def _checked(self, picture: Picture, found: Sequence[Annotation]) -> Sequence[Annotation]:
        """Return what is to be written of what was found in a picture."""
        with _about(self.function.name, str(picture)):
            context = self._context(picture)
            kept = checked(found, self.function.spec, context, picture.image.size)
            self._objects.check(kept)
            return self.terms.told(kept)


def _length(found: object) -> int | None:
    return len(found) if isinstance(found, Sized) else None


# --------------------------------------------------------------------------- before it begins


def _check(mode: object, threshold: object, unmatched: object, batch_size: object) -> None:
    check_choice("mode", mode, get_args(WriteMode))
    check_choice("unmatched", unmatched, get_args(Unmatched))
    # Real takes the numbers of numpy, too.
    if threshold is not None and not (isinstance(threshold, Real) and 0 <= float(threshold) <= 1):
        raise InvalidArgumentError(f"threshold is {threshold!r}; expected a number from 0 to 1")
    if not isinstance(batch_size, int) or batch_size < 1:
        raise InvalidArgumentError(
            f"batch_size is {batch_size!r}; expected a whole number, 1 or more"
        )


def _check_images() -> None:
    if importlib.util.find_spec("PIL") is None:
        raise ImportError(
            "annotate needs PIL, which is not installed: pip install 'annoport[images]'", name="PIL"
        )


def _name(function: object) -> str:
    return str(getattr(function, "name", None) or type(function).__qualname__)


@contextlib.contextmanager
def _about(function: str, frame: str = "") -> Generator[None]:
    """Say in an error which function and picture it is about."""
    try:
        yield
    except InvalidAnnotationError as error:
        raise InvalidFunctionError(function, str(error), frame=frame) from error


def _plain(target: Mapped) -> object:
    if not isinstance(target, LabelRule):
        return target
    parts = sorted((name, _plain(part)) for name, part in target.sublabels.items())
    return [target.name, sorted(target.attributes.items(), key=repr), parts]


def _take_up(checkpoint: Checkpoint, parts: Sequence[Part], name: str, mode: WriteMode) -> None:
    """Bring writes to an end that an earlier process had begun."""
    if checkpoint.age is None:
        return
    FUNCTIONS.info(
        "%s: going on with a run that was broken off %.0f s ago; it has written %d annotations",
        name,
        checkpoint.age,
        checkpoint.annotations,
    )
    by_name = {part.name: part for part in parts}
    for intent in checkpoint.intents:
        if intent.part in by_name:
            settle(by_name[intent.part], checkpoint, intent, mode)


@contextlib.contextmanager
def _showing(
    option: ProgressOption, name: str, pictures: Pictures, begun: float
) -> Generator[Callable[[int], None]]:
    """Yield what shows how many pictures have been looked at."""
    if callable(option):
        callback: Callable[[int, int | None], Any] = option

        def tell(done: int) -> None:
            callback(done, pictures.total if pictures.is_total_known else None)

        yield tell
        return
    with show_progress(option, name) as display:

        def show(done: int) -> None:
            speed = done / max(time.monotonic() - begun, 1e-9)
            known = pictures.is_total_known
            of = f" of {pictures.total:,}" if known else ""
            text = f"{name}: {done:,}{of} frames, {speed:.1f} a second"
            display.waiting(text, done / pictures.total if known and pictures.total else None)

        yield show
