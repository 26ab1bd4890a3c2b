from collective.mwsvm.plugins import AbstractPlugin
from collective.mwsvm.plugins import ConfigObject
from collective.mwsvm.plugins import InvalidPluginTypeException
from collective.mwsvm.plugins.constraints import Constraints
from collective.mwsvm.plugins.conversions import convert
from collective.mwsvm.plugins.custom_validation import ValidatorContext
from collective.mwsvm.plugins.default_messages import VIOLATIONS
from collective.mwsvm.plugins.messages import Messages
from datetime import datetime
from datetime import UTC
from hypothesis import given
from hypothesis import strategies as st
from types import SimpleNamespace
import pytest
import re


NAME = "example.ExamplePlugin"


def constraints(**parameters):
    return Constraints.of(type("ExamplePlugin", (), {"constraints": parameters}))


def check(values, messages=None, plugin=None, context=None, **parameters):
    return constraints(**parameters).check(
        values, plugin, Messages(messages or {}), NAME, context
    )


def complaints(value, messages=None, **limits):
    return check({"p": value}, messages, p=limits)[1]


# Constraint, a good value, a bad one, the violation, and its default message.
ROWS = [
    ({"blank": False}, "a", " ", "blank", "cannot be blank"),
    (
        {"creditCard": True},
        "4111111111111111",
        "4111111111111112",
        "creditCard",
        "value (4111111111111112) is not a valid credit card number",
    ),
    (
        {"email": True},
        "a@b.org",
        "a",
        "email",
        "value (a) is not a valid e-mail address",
    ),
    (
        {"inList": ["first", "second"]},
        "second",
        "third",
        "inList",
        "value (third) is not contained within the list [first, second]",
    ),
    (
        {"matches": "[a-z][A-Z]+"},
        "aBC",
        "aBCd",
        "matches",
        "value (aBCd) does not match the required pattern '[a-z][A-Z]+'",
    ),
    ({"max": 10}, 10, 11, "max", "value (11) is greater than the maximum value of 10"),
    (
        {"maxSize": 1},
        ["a"],
        ["a", "b"],
        "maxSize",
        "(a, b) exceeds the maximum size of 1",
    ),
    ({"min": 1}, 1, 0, "min", "value (0) is less than the minimum value of 1"),
    ({"minSize": 1}, ["a"], [], "minSize", "() is less than the minimum size of 1"),
    ({"notEqual": "x"}, "y", "x", "notEqual", "value (x) cannot be equal to 'x'"),
    ({"nullable": False, "required": False}, "a", None, "nullable", "cannot be null"),
    (
        {"range": range(10, 21)},
        20,
        21,
        "range.toobig",
        "value (21) does not fall within the valid range from 10 to 20",
    ),
    (
        {"range": (10, 20)},
        10,
        9,
        "range.toosmall",
        "value (9) does not fall within the valid range from 10 to 20",
    ),
    ({"required": True}, "a", None, "required", "is required and cannot be null"),
    (
        {"size": range(1, 4)},
        "abc",
        "abcd",
        "size.toobig",
        "value (abcd) does not fall within the valid size range from 1 to 3",
    ),
    (
        {"size": (2, 3)},
        "ab",
        "a",
        "size.toosmall",
        "value (a) does not fall within the valid size range from 2 to 3",
    ),
    ({"type": int}, 5, "x", "type", "(x) does not match the required type 'Integer'"),
    ({"url": True}, "http://a.b", "exec:///x", "url", "(exec:///x) is not a valid URL"),
    (
        {"scriptableUrl": True},
        "exec:///x",
        "x",
        "scriptableUrl",
        "value (x) is not a valid scriptable URL",
    ),
    (
        {"validator": lambda value: value == "good"},
        "good",
        "bad",
        "validator",
        "value (bad) does not pass custom validation",
    ),
]

SUFFIXES = {
    "blank": "blank",
    "creditCard": "creditCard.invalid",
    "email": "email.invalid",
    "inList": "not.inList",
    "matches": "matches.invalid",
    "max": "max.exceeded",
    "maxSize": "maxSize.exceeded",
    "min": "min.notmet",
    "minSize": "minSize.notmet",
    "notEqual": "notEqual",
    "nullable": "nullable",
    "range.toosmall": "range.toosmall",
    "range.toobig": "range.toobig",
    "required": "required",
    "size.toosmall": "size.toosmall",
    "size.toobig": "size.toobig",
    "type": "typeMismatch",
    "url": "url.invalid",
    "scriptableUrl": "scriptableUrl.invalid",
    "validator": "validator.error",
}

TABLE_CODES = {
    "blank": "default.blank.message",
    "creditCard": "default.invalid.creditCard.message",
    "email": "default.invalid.email.message",
    "inList": "default.not.inlist.message",
    "matches": "default.doesnt.match.message",
    "max": "default.invalid.max.size.message",
    "maxSize": "default.invalid.max.size.message",
    "min": "default.invalid.min.size.message",
    "minSize": "default.invalid.min.message",
    "notEqual": "default.not.equal.message",
    "nullable": "default.null.message",
    "range.toosmall": "default.invalid.range.message",
    "range.toobig": "default.invalid.range.message",
    "required": "default.required.message",
    "size.toosmall": "default.invalid.size.message",
    "size.toobig": "default.invalid.size.message",
    "type": "typeMismatch",
    "url": "default.invalid.url.message",
    "scriptableUrl": "default.invalid.scriptable.url.message",
    "validator": "default.invalid.validator.message",
}

rows = pytest.mark.parametrize("limits, good, bad, violation, text", ROWS)


@rows
def test_each_constraint_takes_the_good_and_complains_of_the_bad(
    limits, good, bad, violation, text
):
    assert complaints(good, **limits) == []
    (sentence,) = complaints(bad, **limits)
    assert sentence.startswith("The 'p' configuration parameter ")
    assert text in sentence


@rows
def test_the_types_own_message_goes_first_then_the_projects(
    limits, good, bad, violation, text
):
    own = f"examplePlugin.p.{SUFFIXES[violation]}"
    table = TABLE_CODES[violation]
    project = {table: "the project's {0}", own: "own {0} {1}"}
    assert complaints(bad, project, **limits) == [f"own p {NAME}"]
    del project[own]
    assert complaints(bad, project, **limits) == ["the project's p"]


def test_every_violation_is_tried():
    assert (
        {row[3] for row in ROWS} == set(SUFFIXES) == set(TABLE_CODES) == set(VIOLATIONS)
    )


@pytest.mark.parametrize(
    "limits, bad, code",
    [
        ({"max": 1}, 2, "default.invalid.max.message"),
        ({"min": 1}, 0, "default.invalid.min.message"),
        ({"minSize": 1}, [], "default.invalid.min.size.message"),
    ],
)
def test_the_code_of_the_list_of_default_messages_counts_after_the_tables(
    limits, bad, code
):
    (violation,) = limits
    assert complaints(bad, {code: "listed"}, **limits) == ["listed"]
    both = {code: "listed", TABLE_CODES[violation]: "table"}
    assert complaints(bad, both, **limits) == ["table"]


def test_two_capitals_stay_in_message_codes():
    parameters = constraints(endpoint={"url": True})
    messages = Messages({"VCenterPlugin.endpoint.url.invalid": "wrong {2}"})
    _, found = parameters.check({"endpoint": "x"}, None, messages, "a.VCenterPlugin")
    assert found == ["wrong x"]


# -- what is there and what is not


def test_parameters_are_required_unless_they_say_otherwise():
    _, found = check({}, a={}, b={"required": False}, c={"nullable": False})
    assert [re.search("'(.)'", sentence)[1] for sentence in found] == ["a", "c"]
    assert all("is required" in sentence for sentence in found)


@pytest.mark.parametrize(
    "limits, given, expected",
    [
        ({}, None, ["is required"]),
        ({"nullable": True}, None, ["is required"]),
        ({"required": False}, None, []),
        ({"required": False, "nullable": True}, None, []),
        ({"required": False, "nullable": False}, None, ["cannot be null"]),
    ],
)
def test_null(limits, given, expected):
    found = complaints(given, **limits)
    assert len(found) == len(expected)
    assert all(text in sentence for text, sentence in zip(expected, found, strict=True))


def test_a_parameter_that_may_be_absent_stays_absent():
    assert check({}, a={"required": False, "nullable": False}) == ({}, [])


def test_parameters_without_constraints_are_kept_as_they_are():
    free = {"x": "5", "y": {"z": [1, None]}}
    assert check(free, a={"required": False}) == (free, [])


def test_all_messages_come_at_once_in_the_order_of_the_declaration():
    _, found = check(
        {"c": "x", "a": 100, "b": ""},
        b={"blank": False},
        c={"url": True, "minSize": 5, "type": str},
        a={"max": 10, "notEqual": 100},
        d={},
    )
    assert [re.search("'(.)'", sentence)[1] for sentence in found] == list("bccaad")


def test_a_default_value_is_set_where_nothing_is_given():
    assert check({}, a={"defaultValue": "x"}) == ({"a": "x"}, [])
    assert check({"a": "y"}, a={"defaultValue": "x"}) == ({"a": "y"}, [])
    assert check({}, a={"defaultValue": "60", "type": int}) == ({"a": 60}, [])
    assert check({}, a={"defaultValue": False, "type": bool}) == ({"a": False}, [])


def test_default_values_are_not_shared():
    parameters = constraints(a={"defaultValue": [1], "minSize": 0})
    parameters.prepare({})["a"].append(2)
    assert parameters.prepare({}) == {"a": [1]}


def test_the_values_given_are_left_as_they_are():
    values = {"a": "5"}
    check(values, a={"type": int}, b={"defaultValue": "x"})
    assert values == {"a": "5"}


def test_an_empty_field_of_a_form_is_no_number():
    assert check({"a": ""}, a={"type": int, "required": False}) == ({}, [])
    assert check({"a": " "}, a={"type": int, "defaultValue": 3}) == ({"a": 3}, [])
    assert "is required" in check({"a": ""}, a={"type": int})[1][0]
    assert "cannot be blank" in check({"a": ""}, a={"type": int, "blank": False})[1][0]


def test_formats_let_an_optional_parameter_be_blank():
    for limits in ({"url": True}, {"email": True}, {"matches": "a+"}):
        assert complaints("", required=False, **limits) == []
        assert len(complaints("", **limits)) == 1


@pytest.mark.parametrize(
    "name", ["url", "scriptableUrl", "email", "creditCard", "password"]
)
def test_a_constraint_that_is_off_asks_nothing(name):
    assert complaints("anything", **{name: False}) == []


def test_blank_may_be_allowed():
    assert complaints("", blank=True) == []


@pytest.mark.parametrize(
    "given, digits, expected",
    [
        (1.005, 2, 1.01),
        ("2.5", 0, 3.0),
        (-2.5, 0, -3.0),
        (1.25, 4, 1.25),
        (1e30, 2, 1e30),
        (3, 1, 3.0),
    ],
)
def test_scale_rounds(given, digits, expected):
    assert check({"a": given}, a={"type": float, "scale": digits}) == (
        {"a": expected},
        [],
    )


def test_scale_comes_before_the_limits():
    assert check({"a": 10.04}, a={"max": 10.0, "scale": 1}) == ({"a": 10.0}, [])


def test_sizes_of_texts_and_numbers():
    assert complaints("abc", type=str, maxSize=3) == []
    assert len(complaints("abcd", type=str, maxSize=3)) == 1
    assert complaints(5, type=int, size=(1, 5)) == []
    assert len(complaints(6, type=int, size=(1, 5))) == 1


# -- types


@pytest.mark.parametrize(
    "limits, expected",
    [
        ({}, "String"),
        ({"type": int}, "Integer"),
        ({"type": "Double"}, "Double"),
        ({"type": datetime}, "Date"),
        ({"type": bool}, "Boolean"),
        ({"type": int, "inList": ["1", "2"]}, "Integer"),
        ({"inList": [1, 2], "minSize": 1}, "Integer"),
        ({"inList": [True]}, "Boolean"),
        ({"inList": [1.5]}, "Double"),
        ({"inList": ["a"], "range": ("a", "z")}, "String"),
        ({"range": range(1, 3)}, "Integer"),
        ({"range": (1.0, 2)}, "Double"),
        ({"minSize": 1}, "Collection"),
        ({"maxSize": 1, "notEqual": ["x"]}, "Collection"),
        ({"max": 1}, "Integer"),
        ({"min": 1.5}, "Double"),
        ({"min": datetime(2013, 1, 1)}, "Date"),
        ({"notEqual": 5}, "Integer"),
        ({"notEqual": True}, "Boolean"),
        ({"notEqual": "x"}, "String"),
        ({"defaultValue": 60}, "String"),
        ({"size": (1, 2)}, "String"),
        ({"url": True}, "String"),
    ],
)
def test_types_are_inferred(limits, expected):
    (described,) = constraints(p=limits).describe(Messages(), "examplePlugin")
    assert described["type"] == expected


NOON = datetime(2013, 5, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "kind, given, expected",
    [
        ("Integer", "5", 5),
        ("Integer", " -5 ", -5),
        ("Integer", "+5", 5),
        ("Integer", 5.0, 5),
        ("Double", "5", 5.0),
        ("Double", "-1.5e3", -1500.0),
        ("Double", ".5", 0.5),
        ("Double", 5, 5.0),
        ("Boolean", "true", True),
        ("Boolean", "FALSE", False),
        ("Boolean", "on", True),
        ("Boolean", True, True),
        ("String", 5, "5"),
        ("String", 1.5, "1.5"),
        ("String", True, "true"),
        ("Date", "2013-05-23 12:00:00 UTC", NOON),
        ("Date", "2013-05-23 06:00:00 MDT", NOON),
        ("Date", "2013-05-23T12:00:00Z", NOON),
        ("Date", "2013-05-23T12:00:00.000+00:00", NOON),
        ("Date", "2013-05-23T12:00:00", NOON),
        ("Date", "2013-05-23", NOON.replace(hour=0)),
        ("Date", datetime(2013, 5, 23, 12), NOON),
        ("Collection", (1, 2), [1, 2]),
    ],
)
def test_values_are_converted(kind, given, expected):
    converted = convert(given, kind)
    assert converted == expected
    assert type(converted) is type(expected)


@pytest.mark.parametrize(
    "kind, given",
    [
        ("Integer", True),
        ("Integer", "5.5"),
        ("Integer", 5.5),
        ("Integer", "1_000"),
        ("Integer", "٣"),
        ("Integer", 2**63),
        ("Integer", str(2**63)),
        ("Integer", "9" * 5000),
        ("Integer", float("inf")),
        ("Integer", []),
        ("Double", True),
        ("Double", "nan"),
        ("Double", "inf"),
        ("Double", "1e9999"),
        ("Double", 10**400),
        ("Double", "x"),
        ("Boolean", 1),
        ("Boolean", "maybe"),
        ("String", []),
        ("String", {}),
        ("Date", "yesterday"),
        ("Date", 5),
        ("Date", "2013-13-01"),
        ("Collection", "a,b"),
        ("Collection", {}),
    ],
)
def test_what_cannot_be_converted(kind, given):
    with pytest.raises(ValueError):
        convert(given, kind)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(values, st.sampled_from(["", *[row[0] for row in ROWS]]))
def test_any_value_is_checked_and_checked_again_gives_the_same(value, limits):
    converted, found = check({"p": value}, p=limits or {})
    again, found_again = check(converted, p=limits or {})
    if not found:
        assert (again, found_again) == (converted, [])


# -- passwords


@pytest.mark.parametrize(
    "limits",
    [
        {"matches": "[a-z]+"},
        {"type": int},
        {"size": (1, 2)},
        {"inList": ["S3CRET!", "x"], "notEqual": "S3CRET!"},
        {"validator": lambda value: False},
        {"validator": lambda value: ["suffix", f"it is {value}"]},
        {"validator": lambda value: int(value)},
        {"validator": lambda value: 7 if value else {value}},
    ],
)
def test_the_value_of_a_password_is_in_no_message(limits):
    messages = {"examplePlugin.p.suffix": "{2} {3}"}
    found = complaints("S3CRET!", messages, password=True, **limits)
    assert found
    assert "S3CRET!" not in " ".join(found)
    assert "***" in " ".join(found) or "7" in found[0]


def test_the_description_of_a_password_tells_none():
    (described,) = constraints(
        p={"password": True, "inList": ["S3CRET!"], "notEqual": "S3CRET?"}
    ).describe(Messages(), "examplePlugin")
    assert described["password"] is True
    assert "S3CRET" not in str(described)


def test_a_long_value_is_cut():
    (found,) = complaints("x" * 10_000, url=True)
    assert len(found) < 400


# -- custom validators


class ConstrainedPlugin(AbstractPlugin):
    """The guide's example, with the comparison that it means."""

    constraints = {
        "user": {
            "validator": lambda value, plugin: (
                "invalid.equal.to.creator" if value == plugin.config.creator else None
            )
        },
        "creator": {
            "validator": lambda value: (
                ["invalid.equal", value] if value in ("joe", "bob") else None
            )
        },
    }


GUIDE = Messages(
    {
        "constrainedPlugin.user.invalid.equal.to.creator": "The user configuration "
        "parameter value ({2}) must not be equal to the creator parameter.",
        "constrainedPlugin.creator.invalid.equal": "The creator configuration parameter "
        "must not be equal to {3}.",
    }
)


@pytest.mark.parametrize(
    "user, creator, expected",
    [
        (
            "jill",
            "jill",
            "The user configuration parameter value (jill) must not be equal to the "
            "creator parameter.",
        ),
        (
            "jill",
            "bob",
            "The creator configuration parameter must not be equal to bob.",
        ),
        (
            "jill",
            "joe",
            "The creator configuration parameter must not be equal to joe.",
        ),
        ("jill", "ann", None),
    ],
)
def test_the_guides_validators(user, creator, expected):
    values = {"user": user, "creator": creator}
    plugin = ConstrainedPlugin()
    plugin._inform({"config": values})
    _, found = Constraints.of(ConstrainedPlugin).check(
        values, plugin, GUIDE, "example.ConstrainedPlugin"
    )
    assert found == ([expected] if expected else [])


@pytest.mark.parametrize("answer", [None, True])
def test_a_validator_is_content(answer):
    assert complaints("x", validator=lambda value: answer) == []


@pytest.mark.parametrize(
    "answer, expected",
    [(False, "own error x"), ("bad", "own bad x"), (["bad"], "own bad x")],
)
def test_a_validator_answers_a_suffix(answer, expected):
    messages = {
        "examplePlugin.p.validator.error": "own error {2}",
        "examplePlugin.p.bad": "own bad {2}",
    }
    assert complaints("x", messages, validator=lambda value: answer) == [expected]


def test_an_unknown_suffix_has_the_default_message():
    (found,) = complaints("x", validator=lambda value: ["unknown", "a"])
    assert found.endswith("value (x) does not pass custom validation")


@pytest.mark.parametrize("answer", [5, "", [], [1], {}])
def test_a_wrong_answer_of_a_validator_is_said(answer):
    (found,) = complaints("x", validator=lambda value: answer)
    assert "its validator must answer None or True for a valid value" in found


@pytest.mark.parametrize("error", [ValueError("oh no"), SystemExit("oh no")])
def test_a_validator_that_raises_is_a_message(error):
    def validator(value):
        raise error

    (found,) = complaints("x", validator=validator)
    assert "'p'" in found
    assert f"could not be validated: {type(error).__name__}: oh no" in found


def test_a_validator_gets_the_converted_value():
    seen = []
    check({"p": "5"}, p={"type": int, "validator": seen.append})
    assert seen == [5]


def test_validators_take_the_arguments_that_they_ask_for():
    plugin, context = object(), ValidatorContext()
    seen = []

    def three(value, plugin, context):
        seen.append((value, plugin, context))

    for validator, count in [
        (lambda v: seen.append((v,)), 1),
        (lambda v, limit=5: seen.append((v,)), 1),
        (lambda v, p: seen.append((v, p)), 2),
        (three, 3),
        (lambda *all: seen.append(all), 3),
        (staticmethod(lambda v: seen.append((v,))), 1),
    ]:
        seen.clear()
        check({"p": "x"}, None, plugin, context, p={"validator": validator})
        assert seen == [("x", plugin, context)[:count]]


def test_the_context_has_services_and_the_configuration_of_mws():
    ssl = SimpleNamespace()
    services = {"sslService": ssl, "nodeRMService": object()}
    context = ValidatorContext(services, ConfigObject({"mws": {"suite": "CLOUD"}}))
    assert context.getService("sslService") is context.get_service("sslService") is ssl
    assert context.appConfig.mws.suite == context.app_config.mws.suite == "CLOUD"


@pytest.mark.parametrize(
    "name",
    [
        "nodeRMService",
        "virtualMachineRMService",
        "jobRMService",
        "pluginDatastoreService",
        "exampleTranslator",
    ],
)
def test_get_service_gives_no_other_ones(name):
    services = {"sslService": object(), name: object()}
    if name == "exampleTranslator":
        del services[name]
    context = ValidatorContext(services)

    def validator(value, plugin, context):
        context.getService(name)

    (found,) = check({"p": "x"}, context=context, p={"validator": validator})[1]
    assert (
        f"getService does not give '{name}' to validators; it gives sslService" in found
    )


# -- the polling interval


def test_the_polling_interval():
    parameters = constraints(pollInterval={"defaultValue": 60, "min": 20, "max": 90})
    messages = Messages()
    assert parameters.check_poll_interval(None, None, messages, NAME) == (60, [])
    assert parameters.check_poll_interval("30", None, messages, NAME) == (30, [])
    value, found = parameters.check_poll_interval(10, None, messages, NAME)
    assert value is None
    assert "'pollInterval'" in found[0]
    assert parameters.describe_poll_interval() == {"default": 60, "min": 20, "max": 90}
    assert parameters.describe(messages, "examplePlugin") == []
    assert parameters.check({}, None, messages, NAME) == ({}, [])


def test_without_constraints_the_interval_is_free_but_a_whole_number():
    parameters = constraints()
    assert parameters.check_poll_interval(None, None, Messages(), NAME) == (None, [])
    assert parameters.check_poll_interval(5, None, Messages(), NAME) == (5, [])
    assert parameters.check_poll_interval("x", None, Messages(), NAME)[1]
    assert parameters.describe_poll_interval() == dict.fromkeys(
        ["default", "min", "max"]
    )


def test_the_interval_is_required_only_if_it_is_said():
    for limits, count in [({"min": 20}, 0), ({"min": 20, "required": True}, 1)]:
        parameters = constraints(poll_interval=limits)
        _, found = parameters.check_poll_interval(None, None, Messages(), NAME)
        assert len(found) == count


def test_the_bounds_of_the_interval_may_be_a_range():
    described = constraints(pollInterval={"range": range(5, 11), "max": 8})
    assert described.describe_poll_interval() == {"default": None, "min": 5, "max": 8}


@pytest.mark.parametrize(
    "limits",
    [
        {"type": str},
        {"inList": ["1"]},
        {"min": 1.5},
        {"minSize": 1},
        {"defaultValue": "x"},
        {"url": True},
        {"matches": "a"},
    ],
)
def test_the_interval_must_be_an_integer(limits):
    with pytest.raises(InvalidPluginTypeException, match="pollInterval"):
        constraints(pollInterval=limits)


# -- wrong declarations


@pytest.mark.parametrize(
    "limits, allowed",
    [
        ({"requird": True}, "no constraint 'requird'; constraints are blank"),
        ({1: True}, "no constraint 1"),
        ({"blank": "no"}, "True or False, not 'no'"),
        ({"required": 1}, "True or False"),
        ({"inList": []}, "a list with one value"),
        ({"inList": "abc"}, "a list with one value"),
        ({"inList": [{}]}, "String, Date, Double, Integer or Boolean"),
        ({"inList": [1, "x"]}, "of the type Integer"),
        ({"matches": "["}, "a regular expression (this one is not valid"),
        ({"matches": 5}, "a regular expression"),
        ({"max": []}, "a number, a date or text"),
        ({"max": True}, "a number, a date or text"),
        ({"maxSize": -1}, "a whole number, 0 at least"),
        ({"minSize": 1.5}, "a whole number, 0 at least"),
        ({"range": (20, 10)}, "a pair (first, last)"),
        ({"range": (1, "a")}, "a pair (first, last)"),
        ({"range": range(0)}, "a pair (first, last)"),
        ({"range": range(0, 10, 2)}, "a pair (first, last)"),
        ({"size": ("a", "b")}, "a whole number"),
        ({"scale": "2", "type": float}, "a whole number"),
        ({"scale": 2}, "for the types Double"),
        ({"type": list}, "one of String, Date, Double, Integer or Boolean"),
        ({"type": "Float"}, "one of String"),
        ({"type": []}, "one of String"),
        ({"validator": "x"}, "a function of (value)"),
        ({"validator": lambda: None}, "a function of (value)"),
        ({"validator": lambda a, b, c, d: None}, "a function of (value)"),
        ({"type": int, "url": True}, "for the types String"),
        ({"type": int, "min": 1.5}, "of the type Integer"),
        ({"type": bool, "max": 1}, "for the types Integer"),
        ({"type": int, "defaultValue": "x"}, "of the type Integer"),
        ("required", "a dictionary"),
        (None, "a dictionary"),
    ],
)
def test_a_wrong_declaration_is_refused(limits, allowed):
    with pytest.raises(InvalidPluginTypeException) as refusal:
        constraints(p=limits)
    (sentence,) = refusal.value.messages
    assert "ExamplePlugin" in sentence
    assert "'p'" in sentence
    assert allowed in sentence


@pytest.mark.parametrize("declared", [[], "x", 5])
def test_constraints_are_a_dictionary(declared):
    with pytest.raises(InvalidPluginTypeException, match="must be a dictionary"):
        Constraints.of(type("ExamplePlugin", (), {"constraints": declared}))


def test_names_of_parameters_are_texts():
    with pytest.raises(InvalidPluginTypeException, match="must be text"):
        Constraints.of(type("ExamplePlugin", (), {"constraints": {5: {}}}))


def test_pythons_spelling_does_as_well():
    assert check({"a": "x"}, a={"in_list": ["x"], "default_value": "x"}) == (
        {"a": "x"},
        [],
    )
    assert len(check({"a": "x"}, a={"scriptable_url": True})[1]) == 1


def test_constraints_are_inherited():
    base = type("BasePlugin", (), {"constraints": {"a": {}}})
    assert Constraints.of(type("ExamplePlugin", (base,), {})).parameters[0].name == "a"


# -- the description


def test_the_description():
    messages = Messages(
        {"examplePlugin.url.label": "URL", "examplePlugin.url.help": "Where it is"}
    )
    url, level, since = constraints(
        url={"url": True, "blank": False},
        level={"inList": [1, 2], "required": False, "defaultValue": 2},
        since={"min": NOON, "required": False, "nullable": False, "defaultValue": NOON},
    ).describe(messages, "examplePlugin")
    assert url == {
        "name": "url",
        "type": "String",
        "required": True,
        "nullable": False,
        "default": None,
        "password": False,
        "choices": None,
        "label": "URL",
        "help": "Where it is",
        "rules": ["must be a valid URL", "must not be blank"],
    }
    assert level["choices"] == [1, 2]
    assert level["default"] == 2
    assert (level["required"], level["nullable"]) == (False, True)
    assert (level["label"], level["help"]) == ("level", "")
    assert level["rules"] == ["must be one of 1, 2"]
    assert since["default"] == "2013-05-23 12:00:00 UTC"
    assert (since["required"], since["nullable"]) == (False, False)
    assert since["rules"] == ["must not be less than 2013-05-23 12:00:00 UTC"]


@rows
def test_each_constraint_has_a_rule_in_words(limits, good, bad, violation, text):
    (described,) = constraints(p=limits).describe(Messages(), "examplePlugin")
    expected = 0 if set(limits) & {"required", "nullable", "type"} else 1
    assert len(described["rules"]) == expected
