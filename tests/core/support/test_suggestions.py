"""What a message suggests for a name that seems misspelt."""

from __future__ import annotations

from annoport.core.support.suggestions import did_you_mean


def test_the_name_that_is_most_like_it() -> None:
    assert did_you_mean("labl", iter(["table", "label"])) == "did you mean 'label'?"


def test_none_is_like_it() -> None:
    assert did_you_mean("frame", ["label", "table"]) is None
    assert did_you_mean("labels", ["table"], cutoff=0.9) is None
