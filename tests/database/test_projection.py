from collective.mwsvm.database.projection import excluded
from collective.mwsvm.database.projection import included
from collective.mwsvm.database.projection import parse
from collective.mwsvm.models.errors import Invalid
from hypothesis import given
from hypothesis import strategies as st
import pytest


GUIDE = {
    "id": "1",
    "listOfStrings": ["string1", "string2"],
    "listOfObjects": [{"item1": "value1", "item2": "value2"}],
    "singleObject": {"id": "obj1", "field1": "value1"},
}


def fields(text, document=GUIDE):
    return included(document, parse("fields", text))


def exclude(text, document=GUIDE):
    return excluded(document, parse("exclude-fields", text))


def test_the_guides_example_of_exclusion():
    text = "id,listOfObjects.item2,singleObject.field1,listOfStrings"
    assert exclude(text) == {
        "listOfObjects": [{"item1": "value1"}],
        "singleObject": {"id": "obj1"},
    }


def test_fields_of_sub_objects_and_of_lists_of_objects():
    assert fields("id,listOfObjects.item1,singleObject.id,listOfStrings") == {
        "id": "1",
        "listOfStrings": ["string1", "string2"],
        "listOfObjects": [{"item1": "value1"}],
        "singleObject": {"id": "obj1"},
    }


def test_whole_objects_win_over_their_parts_in_any_order():
    whole = {"singleObject": GUIDE["singleObject"]}
    assert fields("singleObject,singleObject.id") == whole
    assert fields("singleObject.id,singleObject") == whole
    assert "singleObject" not in exclude("singleObject.id,singleObject")
    assert "singleObject" not in exclude("singleObject,singleObject.id")


def test_unknown_fields_are_ignored():
    assert fields("nothing,id.deeper,listOfStrings.x") == {"listOfStrings": []}
    assert exclude("nothing,id.deeper,listOfStrings.x,singleObject.no") == GUIDE


def test_blanks_and_empty_names_do_no_harm():
    assert fields(" id , ,") == {"id": "1"}


@pytest.mark.parametrize("text", ["a..b", ".a", "a.", ".".join("x" * 30)])
def test_what_is_no_field_is_refused(text):
    with pytest.raises(Invalid, match="exclude-fields: .* is not a field"):
        exclude(text)


def test_too_many_fields_are_refused():
    with pytest.raises(Invalid, match="fields: 1000 fields are more than 200"):
        fields(",".join(f"f{n}" for n in range(1000)))


keys = st.sampled_from(["a", "b", "c"])
values = st.recursive(
    st.integers() | st.none(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3)
    ),
    max_leaves=8,
)
paths = st.lists(keys, min_size=1, max_size=3).map(".".join)


@given(st.dictionaries(keys, values), st.lists(paths, max_size=4))
def test_either_keeps_what_it_keeps_and_may_be_repeated(document, names):
    text = ",".join(names)
    kept = fields(text, document)
    rest = exclude(text, document)
    assert fields(text, kept) == kept
    assert exclude(text, rest) == rest
    assert set(kept) <= set(document)
    assert set(document) - set(rest) <= set(names)
