"""Type variables with a default, which `typing` itself has from Python 3.13 on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing_extensions import TypeVar  # type checkers bring it along

    AnswerT = TypeVar("AnswerT", default=Any)
    StartedT_co = TypeVar("StartedT_co", covariant=True, default=Any)
else:
    from typing import TypeVar

    AnswerT = TypeVar("AnswerT")
    StartedT_co = TypeVar("StartedT_co", covariant=True)
