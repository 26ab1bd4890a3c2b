"""Each field of each kind of report (guide 6.2.9)."""

from collective.mwsvm.plugins import JobReport
from collective.mwsvm.plugins import JobReportRequirement
from collective.mwsvm.plugins import JobReportState
from collective.mwsvm.plugins import NodeReport
from collective.mwsvm.plugins import VirtualMachineReport
from collective.mwsvm.plugins.spelling import snake
from datetime import datetime
from datetime import timedelta
from datetime import timezone
from datetime import UTC
from decimal import Decimal
from tests.plugins.api.tables import COMMON
from tests.plugins.api.tables import DATES
from tests.plugins.api.tables import ENUM_LISTS
from tests.plugins.api.tables import ENUMS
from tests.plugins.api.tables import fields
from tests.plugins.api.tables import LISTS
from tests.plugins.api.tables import make
from tests.plugins.api.tables import NUMBER_MAPS
from tests.plugins.api.tables import NUMBERS
from tests.plugins.api.tables import others
from tests.plugins.api.tables import REPORTS
from tests.plugins.api.tables import RESOURCES
from tests.plugins.api.tables import TEXT_MAPS
from tests.plugins.api.tables import TEXTS
import pytest


MOMENT = 1344488025
TABLES = (
    TEXTS,
    NUMBERS,
    DATES,
    LISTS,
    TEXT_MAPS,
    NUMBER_MAPS,
    RESOURCES,
    ENUMS,
    ENUM_LISTS,
)


@pytest.mark.parametrize("cls", [*REPORTS, JobReportRequirement])
def test_there_are_the_fields_of_the_tables_and_no_others(cls):
    expected = {name for table in TABLES for name in table.get(cls, ())}
    if cls in REPORTS:
        expected |= COMMON
    if cls is JobReport:
        expected.add("requirements")
    assert set(cls.FIELDS) == expected
    assert len(cls.FIELDS) == len(expected)


@pytest.mark.parametrize(("cls", "name"), [f for t in TABLES for f in fields(t)])
def test_a_new_field_is_empty_and_not_sent(cls, name):
    record = make(cls)
    if name == "timestamp":
        return
    value = getattr(record, name)
    assert value is None or len(value) == 0
    assert others(record) == {}


@pytest.mark.parametrize(("cls", "name"), fields(TEXTS))
def test_texts(cls, name):
    record = make(cls)
    setattr(record, name, "Some text")
    assert others(record) == {name: "Some text"}
    assert getattr(record, name) == "Some text"
    assert getattr(record, snake(name)) == "Some text"
    setattr(record, snake(name), "")
    assert others(record) == {name: ""}
    setattr(record, name, None)
    assert others(record) == {}


def test_numbers_become_texts():
    node = NodeReport("n")
    for value, expected in ((5, "5"), (1.5, "1.5"), (True, "true"), (False, "false")):
        node.partition = value
        assert node.partition == expected


@pytest.mark.parametrize(("cls", "name"), fields(TEXTS))
@pytest.mark.parametrize("value", [["x"], {"x": 1}, b"x", object()])
def test_what_is_no_text(cls, name, value):
    record = make(cls)
    with pytest.raises(TypeError, match=rf"^{name} is .*; allowed is a text$"):
        setattr(record, name, value)
    assert others(record) == {}


@pytest.mark.parametrize(("cls", "name"), fields(NUMBERS))
def test_numbers(cls, name):
    record = make(cls)
    for value, expected in ((3, 3), (0, 0), (-1, -1), (1.9, 1), (Decimal("2.5"), 2)):
        setattr(record, snake(name), value)
        assert others(record) == {name: expected}
        assert getattr(record, name) == expected
    setattr(record, name, None)
    assert others(record) == {}


@pytest.mark.parametrize(("cls", "name"), fields(NUMBERS))
@pytest.mark.parametrize("value", ["3", True, [3], float("nan"), float("inf")])
def test_what_is_no_number(cls, name, value):
    record = make(cls)
    with pytest.raises((TypeError, ValueError), match=rf"^{name} is .*number"):
        setattr(record, name, value)
    assert others(record) == {}


@pytest.mark.parametrize(("cls", "name"), fields(DATES))
@pytest.mark.parametrize(
    "value",
    [
        MOMENT,
        MOMENT + 0.75,
        datetime.fromtimestamp(MOMENT, UTC),
        datetime.fromtimestamp(MOMENT, timezone(timedelta(hours=5))),
        datetime.fromtimestamp(MOMENT),
        "2012-08-09 04:53:45 UTC",
        "2012-08-08 22:53:45 MDT",
        "2012-08-09T04:53:45Z",
    ],
)
def test_dates(cls, name, value):
    record = make(cls)
    setattr(record, snake(name), value)
    assert record.to_json()[name] == MOMENT
    assert type(record.to_json()[name]) is int
    assert getattr(record, name) == datetime.fromtimestamp(MOMENT, UTC)


@pytest.mark.parametrize(
    ("cls", "name"), [f for f in fields(DATES) if f[1] != "timestamp"]
)
@pytest.mark.parametrize(
    "value",
    [None, "", "tomorrow", "2012-13-09 04:53:45 UTC", 10**30, float("nan"), -1e300],
)
def test_what_is_no_date_is_none(cls, name, value):
    record = make(cls)
    setattr(record, name, MOMENT)
    setattr(record, name, value)
    assert getattr(record, name) is None
    assert others(record) == {}


@pytest.mark.parametrize(("cls", "name"), fields(DATES))
@pytest.mark.parametrize("value", [True, ["2012"], object()])
def test_what_can_be_no_date(cls, name, value):
    with pytest.raises(TypeError, match=rf"^{name} is .*; allowed is a datetime"):
        setattr(make(cls), name, value)


@pytest.mark.parametrize(("cls", "name"), fields(LISTS))
def test_lists(cls, name):
    record = make(cls)
    setattr(record, snake(name), ("a", 1))
    assert others(record) == {name: ["a", "1"]}
    getattr(record, name).append("b")
    assert getattr(record, snake(name)).add("c") is True
    assert getattr(record, name) << "d" is getattr(record, name)
    assert others(record) == {name: ["a", "1", "b", "c", "d"]}
    setattr(record, name, ["e"])
    assert getattr(record, name) == ["e"]
    getattr(record, name).clear()
    assert others(record) == {}
    setattr(record, name, ["f"])
    setattr(record, name, None)
    assert getattr(record, name) == []
    assert others(record) == {}


@pytest.mark.parametrize(("cls", "name"), fields(LISTS))
@pytest.mark.parametrize("value", ["abc", {"a": 1}, 5, [None], [["a"]]])
def test_what_is_no_list_of_texts(cls, name, value):
    record = make(cls)
    with pytest.raises(TypeError, match=rf"^{name} is .*; allowed is a"):
        setattr(record, name, value)
    assert others(record) == {}


@pytest.mark.parametrize(("cls", "name"), fields(LISTS))
def test_an_element_added_is_checked_when_it_is_sent(cls, name):
    record = make(cls)
    getattr(record, name).append(["nested"])
    with pytest.raises(
        TypeError, match=rf"^{name} is \['nested'\]; allowed is a text$"
    ):
        record.to_json()


@pytest.mark.parametrize(("cls", "name"), fields(LISTS))
def test_a_list_that_was_set_is_copied(cls, name):
    record, given = make(cls), ["a"]
    setattr(record, name, given)
    given.append("b")
    getattr(record, name).append("c")
    assert given == ["a", "b"]
    assert others(record) == {name: ["a", "c"]}


def test_messages_have_single_quotes():
    node = NodeReport("n")
    node.messages = ['a "b" c']
    node.messages.append('"d"')
    assert node.to_json()["messages"] == ["a 'b' c", "'d'"]


@pytest.mark.parametrize(("cls", "name"), fields(TEXT_MAPS))
def test_maps_of_texts(cls, name):
    record = make(cls)
    setattr(record, snake(name), {"a": "b"})
    getattr(record, name)["c"] = "d"
    getattr(record, name).e = 5
    assert getattr(record, name).a == "b"
    assert others(record) == {name: {"a": "b", "c": "d", "e": "5"}}
    getattr(record, name).clear()
    assert others(record) == {}


@pytest.mark.parametrize(("cls", "name"), fields(NUMBER_MAPS))
def test_maps_of_numbers(cls, name):
    record = make(cls)
    getattr(record, name).METRIC1 = 4
    getattr(record, name)["METRIC2"] = 125.5
    getattr(record, name)["METRIC3"] = Decimal("0.5")
    json = record.to_json()[name]
    assert json == {"METRIC1": 4.0, "METRIC2": 125.5, "METRIC3": 0.5}
    assert {type(number) for number in json.values()} == {float}
    setattr(record, name, {})
    assert others(record) == {}


@pytest.mark.parametrize(("cls", "name"), fields(TEXT_MAPS) + fields(NUMBER_MAPS))
@pytest.mark.parametrize("value", ["a", ["a"], 5, {1: "a"}, {"a": None}, {"a": []}])
def test_what_is_no_map(cls, name, value):
    record = make(cls)
    with pytest.raises(TypeError, match=rf"^{name}.* (is|has) .*; allowed (is|are) "):
        setattr(record, name, value)
    assert others(record) == {}


@pytest.mark.parametrize(("cls", "name"), fields(NUMBER_MAPS))
@pytest.mark.parametrize("value", [float("nan"), float("-inf"), 10**400, "4", True])
def test_metrics_are_finite_numbers(cls, name, value):
    record = make(cls)
    getattr(record, name)["load"] = value
    with pytest.raises((TypeError, ValueError), match=rf"^{name}\.load is .*number"):
        record.to_json()


@pytest.mark.parametrize(
    ("cls", "name", "kind"), [(c, n, k) for c, t in ENUMS.items() for n, k in t.items()]
)
def test_enumerations(cls, name, kind):
    for value in kind:
        for given in (value, value.name, value.name.lower()):
            record = make(cls)
            setattr(record, name, given)
            assert getattr(record, name) is value
            assert others(record) == {name: value.name}
    for nothing in ("nonsense", "", None):
        record = make(cls)
        setattr(record, name, value)
        setattr(record, name, nothing)
        assert getattr(record, name) is None
        assert others(record) == {}
    with pytest.raises(TypeError, match=rf"^{name} is 5; allowed is a {kind.__name__}"):
        setattr(record, name, 5)


def test_the_state_of_another_kind_is_refused():
    machine = VirtualMachineReport("vm")
    with pytest.raises(TypeError, match="allowed is a NodeReportState"):
        machine.state = JobReportState.IDLE


@pytest.mark.parametrize(
    ("cls", "name", "kind"),
    [(c, n, k) for c, t in ENUM_LISTS.items() for n, k in t.items()],
)
def test_lists_of_enumerations(cls, name, kind):
    record = make(cls)
    setattr(record, name, [*kind])
    assert getattr(record, name) == [*kind]
    assert others(record) == {name: [value.name for value in kind]}
    setattr(record, name, ["advres:rsv.1"])
    getattr(record, name).append("restartable")
    assert others(record) == {name: ["ADVRES", "RESTARTABLE"]}
    with pytest.raises(TypeError, match=rf"^{name} is 5; allowed is a {kind.__name__}"):
        setattr(record, name, [5])
