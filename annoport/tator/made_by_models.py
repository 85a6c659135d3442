"""Which localizations and states a model made.

Tator does not keep how something was made. An elemental id is chosen by whoever creates it and
stays the same through edits, so those of a model get one that tells: a UUID of version 8, which is
for meanings of one's own, with a beginning that no other has.
"""

from __future__ import annotations

import os

from annoport.core import Unset
from annoport_tator import models

_BEGINNING = "a440f0a7-"


def new_id() -> str:
    """Return an elemental id for something that a model made."""
    digits = os.urandom(12).hex()
    variant = "89ab"[int(digits[7], 16) % 4]
    return f"{_BEGINNING}{digits[:4]}-8{digits[4:7]}-{variant}{digits[8:11]}-{digits[11:23]}"


def is_of_model(row: models.Localization | models.State) -> bool:
    """Whether a model made something and nobody has changed it since.

    Args:
        row: The localization or state, as the server sends it.
    """
    number = row.elemental_id
    if isinstance(number, Unset) or number is None or not number.startswith(_BEGINNING):
        return False
    return not row.mark and row.modified_by == row.created_by
