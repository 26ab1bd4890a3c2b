from collective.mwsvm.models.document import Date
from collective.mwsvm.models.document import is_date
from collective.mwsvm.models.document import is_single
from collective.mwsvm.models.document import Model
from collective.mwsvm.models.document import Name
from collective.mwsvm.models.document import ONCE
from collective.mwsvm.models.document import Reference
from collective.mwsvm.models.document import Versioned
from collective.mwsvm.models.document import writable
from collective.mwsvm.models.errors import Invalid
from typing import Annotated
from typing import Any
import pytest


class Inner(Model):
    when: Date | None = None
    user_name: str | None = None


class Thing(Versioned):
    name: Name
    is_large: bool
    made: Annotated[Date | None, ONCE] = None
    count: int = 0
    inner: Inner | None = None
    inners: list[Inner] = []
    free: dict[str, Any] = {}
    words: dict[str, str] = {}
    ref: Reference | None = None


def test_the_wire_has_camel_case_and_ignores_what_it_does_not_know():
    thing = Thing.check({"name": "a", "isLarge": "true", "count": "5", "other": 1})
    assert thing.wire()["isLarge"] is True
    assert thing.wire()["count"] == 5
    assert "other" not in thing.wire()


def test_dates_are_held_in_utc():
    thing = Thing.check({"name": "a", "isLarge": 1, "made": "2012-01-01 00:00:00 MST"})
    assert thing.wire()["made"] == "2012-01-01 07:00:00 UTC"


def test_every_fault_is_a_sentence():
    with pytest.raises(Invalid) as caught:
        Thing.check(
            {
                "name": "a b",
                "count": "many",
                "made": "today",
                "inner": {"when": "2012-01-01 00:00:00 Moon"},
                "words": {"a": ["b"]},
            }
        )
    assert caught.value.messages == [
        "The field 'name' can't be 'a b': a name has only letters, digits, periods, "
        "dashes and underscores",
        "The field 'isLarge' is required",
        "The field 'made': 'today' is not a date; a date is yyyy-MM-dd HH:mm:ss ZZZ, "
        "such as 2013-05-23 17:32:02 UTC",
        "The field 'count' can't be 'many': input should be a valid integer, unable to "
        "parse string as an integer",
        "The field 'inner.when': '2012-01-01 00:00:00 Moon' is not a date: the time "
        "zone 'Moon' is not known",
        "The field 'words.a' can't be ['b']: input should be a valid string",
    ]


def test_marks_say_what_a_client_may_write():
    assert "made" in writable(Thing, creation=True)
    assert "made" not in writable(Thing, creation=False)
    assert {"id", "version"}.isdisjoint(writable(Thing, creation=True))
    assert "isLarge" in writable(Thing, creation=False)


def test_the_model_knows_where_dates_are():
    assert is_date(Thing, "made")
    assert is_date(Thing, "inner.when")
    assert is_date(Thing, "inners.when")
    assert not is_date(Thing, "inner.userName")
    assert not is_date(Thing, "free.when")


def test_the_model_knows_where_no_list_can_be():
    for path in (
        "name",
        "count",
        "inner.userName",
        "inner.when",
        "words.any",
        "ref.id",
    ):
        assert is_single(Thing, path), path
    for path in (
        "inner",
        "inners",
        "inners.when",
        "free",
        "free.a",
        "words",
        "nothing",
    ):
        assert not is_single(Thing, path), path
