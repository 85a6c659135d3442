"""What an import asks, and the answer that is made of what the caller knows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from attrs import frozen

from annoport.ecotaxa.bundle import Bundle
from annoport.ecotaxa.ids import id_of
from annoport.errors import InvalidArgumentError, JobNeedsInputError
from annoport_ecotaxa import models

User: TypeAlias = int | models.MinUserModel | models.MinimalUser
"""A user of EcoTaxa, or the id of one."""

_SHOWN = 10


@frozen
class ImportQuestion:
    """Names in the tables of an import that the server does not know, or knows several of.

    Attributes:
        users (tuple[str, ...]): Names of people, in lower case.
        taxa (tuple[str, ...]): Names of taxa, in lower case.
    """

    users: tuple[str, ...]
    taxa: tuple[str, ...]

    def __bool__(self) -> bool:
        """Whether there is anything to be answered."""
        return bool(self.users or self.taxa)


@frozen
class Known:
    """Ids of names: lower case -> id."""

    users: dict[str, int]
    taxa: dict[str, int]

    def left(self, question: ImportQuestion) -> ImportQuestion:
        """Return what has no answer yet."""
        return ImportQuestion(
            users=tuple(name for name in question.users if name not in self.users),
            taxa=tuple(name for name in question.taxa if name not in self.taxa),
        )

    def answer(self, question: ImportQuestion) -> dict[str, dict[str, int]]:
        """Return the answer: the server needs both keys, and the names as it asked for them."""
        return {
            "users": {name: self.users[name] for name in question.users},
            "taxa": {name: self.taxa[name] for name in question.taxa},
        }


def asked(question: Any) -> ImportQuestion:
    """Return the question of a job.

    Args:
        question: What the server sent.
    """
    return ImportQuestion(
        users=tuple(map(str, question.get("missing_users", ()))),
        taxa=tuple(map(str, question.get("missing_taxa", ()))),
    )


def user_ids(users: Mapping[str, User] | None) -> dict[str, int]:
    """Return the ids of people by their names in lower case.

    Raises:
        InvalidArgumentError: A name has two, or something is no user.
    """
    return folded("users", {n: id_of(one, "id", "a user") for n, one in (users or {}).items()})


def folded(argument: str, ids: Mapping[str, int]) -> dict[str, int]:
    """Return ids by names in lower case, which is how an import asks for them.

    Raises:
        InvalidArgumentError: Two names differ in their capitals only, and their ids differ.
    """
    found: dict[str, int] = {}
    for name, number in ids.items():
        low = name.strip().lower()
        if found.setdefault(low, number) != number:
            raise InvalidArgumentError(
                f"{argument}: {name!r} is there twice, in other capitals, with other ids; an "
                "import does not tell capitals apart"
            )
    return found


def refuse_bundle(bundle: Bundle) -> None:
    """Raise if a folder has something that an import would refuse.

    Raises:
        InvalidArgumentError: What it is, as many as one can read.
    """
    if not bundle.problems:
        return
    shown = "; ".join(map(str, bundle.problems[:_SHOWN]))
    more = len(bundle.problems) - _SHOWN
    rest = f"; and {more} more, which check_bundle lists" if more > 0 else ""
    raise InvalidArgumentError(
        f"folder {str(bundle.folder)!r} cannot be imported, and nothing was sent: {shown}{rest}"
    )


def unanswered(error: JobNeedsInputError, question: ImportQuestion) -> JobNeedsInputError:
    """Return the error of an import that asks about names that nobody knows.

    Args:
        error: What the wait raised.
        question: The names.
    """
    parts = [
        f"{argument}= for {', '.join(map(repr, names))}"
        for argument, names in (("users", question.users), ("taxa", question.taxa))
        if names
    ]
    return JobNeedsInputError(
        f"the import asks about names that the server does not know, or knows several of: call "
        f"again with {' and '.join(parts)}, and into={error.job_id}; nothing was imported yet",
        kind=error.kind,
        job_id=error.job_id,
        question=error.question,
    )
