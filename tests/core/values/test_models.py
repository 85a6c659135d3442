from __future__ import annotations

import copy
import pickle
import pydoc
import re
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

import annoport_cvat
from annoport.core.values.models import (
    UNSET,
    Model,
    OneOf,
    Unset,
    UploadFile,
    further_keys,
    model,
    model_fields,
    secret,
)
from tests.core.models import Anything, Circle, Color, Holder, Level, Node, Square

if TYPE_CHECKING:
    from collections.abc import Callable


@model
class Wide(Model):
    field_0: str
    field_1: str
    field_2: str
    field_3: str
    field_4: str
    field_5: str
    field_6: str
    field_7: str
    field_8: str
    field_9: str
    field_10: str
    field_11: str


def test_a_model_shows_only_what_is_set() -> None:
    assert repr(Node(id=1, color=Color.RED)) == "Node(id=1, color=<Color.RED: 'red'>)"


@model
class Pass(Model):
    owner: str
    token: str = secret()
    hint: str | Unset = secret(default=UNSET)


def test_a_secret_is_not_shown() -> None:
    assert repr(Pass(owner="ada", token="t0p")) == "Pass(owner='ada', token='***')"
    assert repr(Pass(owner="", token="", hint="x")) == "Pass(owner='', token='', hint='***')"
    assert Pass(owner="a", token="x") == Pass(owner="a", token="x")
    assert Pass(owner="a", token="x") != Pass(owner="a", token="y")
    with pytest.raises(TypeError, match="token"):
        Pass(owner="a")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def test_further_keys_are_shown_where_there_are_any() -> None:
    assert repr(Anything(id=1)) == "Anything(id=1)"
    shown = "Anything(id=1, additional_properties={'a b': 2})"
    assert repr(Anything(id=1, additional_properties={"a b": 2})) == shown


def test_a_large_model_is_shown_in_a_line() -> None:
    large = Anything(
        id=1,
        additional_properties={
            "text": "a" * 500,
            "ids": list(range(1000)),
            "nodes": [Node(id=n, next=Node(id=n)) for n in range(9)],
        },
    )
    shown = repr(large)
    assert "aaa...aaa" in shown
    assert "[0, 1, 2, 3, ...]" in shown
    assert len(shown) < 700


def test_fields_that_do_not_fit_are_counted() -> None:
    wide = Wide(**{f"field_{n}": "a" * 90 for n in range(12)})
    shown = ", ".join(f"field_{n}='{'a' * 90}'" for n in range(6))
    assert repr(wide) == f"Wide({shown}, ... 6 more)"


def test_a_model_in_itself_comes_to_an_end() -> None:
    node = Node(id=1)
    node.next = node
    assert repr(node) == (
        "Node(id=1, next=Node(id=1, next=Node(id=1, next=Node(id=1, next=Node(...)))))"
    )


def test_each_model_has_a_list_and_further_keys_of_its_own() -> None:
    Holder().items.append(1)
    assert Holder().items == []
    one = Anything(id=1)
    one.additional_properties["a"] = 2
    assert one != Anything(id=1)


def test_the_field_for_further_keys_stands_for_no_key() -> None:
    assert [field.wire for field in model_fields(Anything)] == ["id"]
    further = further_keys(Anything)
    assert further is not None
    assert (further.name, further.type) == ("additional_properties", Any)
    assert further_keys(Node) is None


def test_models_compare_by_class_and_fields() -> None:
    assert Circle(radius=1) == Circle(radius=1.0)
    assert Circle(radius=1) != Circle(radius=1, name=None)
    assert Circle(radius=1) != Square(side=1)


def test_models_are_keyword_only_with_slots_and_not_hashable() -> None:
    with pytest.raises(TypeError):
        Circle(1.0)  # type: ignore[call-arg]  # the fault under test
    with pytest.raises(TypeError):
        hash(Circle(radius=1))
    with pytest.raises(AttributeError):
        Circle(radius=1).radios = 2  # type: ignore[attr-defined]  # the fault under test


def test_models_can_be_copied_and_pickled() -> None:
    node = Node(id=1, color=Color("mauve"), next=Node(id=2))
    assert pickle.loads(pickle.dumps(node)) == node
    assert copy.deepcopy(node) == node


def test_fields_know_their_wire_names() -> None:
    assert [(f.name, f.wire, f.required) for f in model_fields(Square)] == [
        ("side", "side", True),
        ("made_by", "made-by", False),
    ]


@pytest.mark.parametrize(("enum", "known", "new"), [(Color, "red", "mauve"), (Level, 1, 7)])
def test_an_open_enum_keeps_a_value_it_does_not_know(
    enum: Callable[[str | int], Color | Level], known: str | int, new: str | int
) -> None:
    assert enum(known).is_known
    odd = enum(new)
    assert not odd.is_known
    assert odd == new == odd.value
    assert hash(odd) == hash(new)
    assert odd.name == str(odd) == f"{odd}" == str(new)
    assert odd == enum(new)
    assert len(type(odd)) == 2
    assert pickle.loads(pickle.dumps(odd)) == odd


def test_an_open_enum_refuses_another_type() -> None:
    with pytest.raises(ValueError, match="1"):
        Color(1)  # type: ignore[arg-type]  # the fault under test
    with pytest.raises(ValueError, match="low"):
        Level("low")  # type: ignore[arg-type]  # the fault under test
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b"1", type=Color)


def test_the_same_members_make_the_same_marker() -> None:
    assert OneOf[Circle, Square] is OneOf[Circle, Square]
    assert OneOf[Circle, Square] is not OneOf[Square, Circle]
    assert repr(OneOf[Circle, Square]) == "OneOf[Circle, Square]"


def test_a_file_shows_no_content() -> None:
    assert (
        repr(UploadFile(b"secret", name="a.bin"))
        == "UploadFile('6 bytes', name='a.bin', media_type=None)"
    )


def test_unset_is_false() -> None:
    assert not UNSET


def help_text(cls: type[Model]) -> str:
    bold = pydoc.render_doc(cls)
    return re.sub(".\b", "", bold)


def test_help_shows_the_text_below_each_field() -> None:
    shown = help_text(annoport_cvat.models.TaskRead)
    assert "|  bug_tracker\n |      Address of a page in an issue tracker" in shown
    assert list(annoport_cvat.models.TaskRead.__slots__)[:2] == [
        "assignee",
        "assignee_updated_date",
    ]


def test_help_of_a_model_without_source() -> None:
    made: dict[str, type[Model]] = {}
    exec("class Made(Model):\n    x: int\n    'A text.'", {"Model": Model}, made)
    assert "x" in help_text(model(made["Made"]))
