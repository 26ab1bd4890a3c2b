"""The configuration of a plug-in as a form, without a site."""

from collective.mwsvm.browser.plugins.parameters import as_text
from collective.mwsvm.browser.plugins.parameters import Configuration
from collective.mwsvm.browser.plugins.parameters import rules_of
from collective.mwsvm.models.errors import Invalid
from hypothesis import given
from hypothesis import strategies as st
from urllib.parse import quote
import pytest


def parameter(name="p", type="String", **values):
    return {
        "name": name,
        "type": type,
        "required": False,
        "nullable": True,
        "default": None,
        "password": False,
        "choices": None,
        "label": name,
        "help": "",
        "rules": [],
        **values,
    }


def filled_in(parameters, values):
    """What a browser sends of a form that nobody has touched."""
    configuration = Configuration(parameters, values)
    form = {"added": [], "forget": []}
    for field in configuration.fields():
        if field.is_shown:
            form["added"].append(field.parameter["name"])
        if field.kind == "boolean":
            if field.is_checked:
                form[field.key] = "1"
        else:
            form[field.key] = field.text.replace("\n", "\r\n")
    for extra in configuration.extras():
        form[f"extra-name-{extra.number}"] = extra.name
        form[f"extra-value-{extra.number}"] = extra.text.replace("\n", "\r\n")
    return form


def config(parameters, form, values=None):
    return Configuration(parameters, values or {}, form).config()


JSON = st.recursive(
    st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)
TEXT = st.text(st.characters(exclude_characters="\r", exclude_categories=["Cs"]))
NAMES = TEXT.filter(lambda name: name and name == name.strip())


class TestNothingTouched:
    @given(st.dictionaries(NAMES, JSON | TEXT, max_size=4), st.booleans())
    def test_every_value_stays_with_its_type(self, values, is_declared):
        values = {n: v for n, v in values.items() if "\r" not in as_text(v)}
        parameters = [parameter(name) for name in values] if is_declared else []
        form = filled_in(parameters, values)
        assert config(parameters, form, values) == values

    @pytest.mark.parametrize("value", [True, False])
    def test_so_does_a_boolean(self, value):
        parameters = [parameter(type="Boolean")]
        form = filled_in(parameters, {"p": value})
        assert config(parameters, form, {"p": value}) == {"p": value}

    def test_what_is_not_set_is_not_set(self):
        parameters = [
            parameter("text"),
            parameter("list", "Collection"),
            parameter("yes", "Boolean"),
            parameter("one", choices=["a", "b"]),
            parameter("secret", password=True),
        ]
        assert config(parameters, filled_in(parameters, {})) == {}

    def test_a_password_stays_and_is_not_in_the_form(self):
        parameters = [parameter(password=True)]
        form = filled_in(parameters, {"p": "geheim"})
        assert "geheim" not in str(form)
        assert config(parameters, form, {"p": "geheim"}) == {"p": "geheim"}


class TestFields:
    @pytest.mark.parametrize(
        ("declared", "value", "kind"),
        [
            ({}, None, "text"),
            ({"type": "Integer"}, 3, "text"),
            ({"type": "Double"}, None, "text"),
            ({"type": "Date"}, None, "text"),
            ({}, "a\nb", "lines"),
            ({}, {"a": 1}, "json"),
            ({"type": "Collection"}, None, "json"),
            ({"type": "Boolean"}, None, "boolean"),
            ({"choices": ["a"]}, None, "choice"),
            ({"password": True}, "x", "password"),
            ({"password": True, "type": "Integer"}, 3, "password"),
        ],
    )
    def test_each_type_has_its_kind(self, declared, value, kind):
        values = {} if value is None else {"p": value}
        (field,) = Configuration([parameter(**declared)], values).fields()
        assert field.kind == kind
        assert field.is_shown == (value is not None)

    @pytest.mark.parametrize(
        ("type", "mode"),
        [("Integer", "numeric"), ("Double", "decimal"), ("Date", None)],
    )
    def test_phones_show_the_right_keys(self, type, mode):
        (field,) = Configuration([parameter(type=type)], {}).fields()
        assert field.input_mode == mode

    def test_the_required_are_shown_and_others_when_they_are_set_or_added(self):
        parameters = [
            parameter("must", required=True),
            parameter("set"),
            parameter("added"),
            parameter("typed"),
            parameter("other"),
        ]
        shown = [
            field.parameter["name"]
            for field in Configuration(parameters, {"set": "x"}).fields()
            if field.is_shown
        ]
        assert shown == ["must", "set"]
        form = {"added": "added", "config-typed": "x"}
        shown = [
            field.parameter["name"]
            for field in Configuration(parameters, {}, form).fields()
            if field.is_shown
        ]
        assert shown == ["must", "added", "typed"]

    @pytest.mark.parametrize(
        ("required", "text", "texts"),
        [
            (True, None, ["", "1", "2"]),
            (True, 1, ["1", "2"]),
            (False, 1, ["", "1", "2"]),
            (False, None, ["", "1", "2"]),
        ],
    )
    def test_a_choice_may_be_empty_unless_it_is_required(self, required, text, texts):
        values = {} if text is None else {"p": text}
        declared = parameter(choices=[1, 2], required=required)
        (field,) = Configuration([declared], values).fields()
        assert [choice["text"] for choice in field.choices()] == texts
        chosen = [c["text"] for c in field.choices() if c["is_chosen"]]
        assert chosen == [as_text(text)]

    def test_what_was_typed_stays_but_a_password(self):
        parameters = [parameter("a"), parameter("b", password=True)]
        form = {"config-a": "nonsense", "config-b": "geheim"}
        a, b = Configuration(parameters, {}, form).fields()
        assert (a.text, b.text) == ("nonsense", "")

    def test_messages_are_those_of_the_fields_that_they_name(self):
        parameters = [parameter("a"), parameter("b")]
        messages = ["The 'b' configuration parameter cannot be blank", "Something else"]
        a, b = Configuration(parameters, {}).fields(messages)
        assert (list(a.errors), list(b.errors)) == ([], messages[:1])

    def test_rules_are_a_sentence(self):
        assert rules_of(parameter(rules=["must be a URL", "is checked"])) == (
            "Must be a URL; is checked."
        )
        assert rules_of(parameter()) == ""


class TestWhatIsFilledIn:
    @pytest.mark.parametrize(
        ("declared", "text", "value"),
        [
            ({}, " a ", " a "),
            ({}, "[1]", "[1]"),
            ({"type": "Integer"}, "12", "12"),
            ({"type": "Collection"}, '["a", 1]', ["a", 1]),
            ({"choices": [1, 2]}, "2", 2),
            ({"choices": ["1", "2"]}, "2", "2"),
            ({"choices": [1, 2]}, "3", "3"),
            ({"type": "Boolean"}, "1", True),
            ({"password": True}, "geheim", "geheim"),
        ],
    )
    def test_values(self, declared, text, value):
        assert config([parameter(**declared)], {"config-p": text}) == {"p": value}

    def test_an_empty_text_takes_the_value_away(self):
        assert config([parameter()], {"config-p": ""}, {"p": "x"}) == {}

    def test_a_boolean_is_false_where_it_is_shown_and_not_checked(self):
        parameters = [parameter("a", "Boolean"), parameter("b", "Boolean")]
        assert config(parameters, {"added": ["a"]}) == {"a": False}

    @pytest.mark.parametrize(
        ("form", "value"),
        [
            ({"config-p": ""}, {"p": "old"}),
            ({"config-p": "new"}, {"p": "new"}),
            ({"config-p": "", "forget": "p"}, {}),
            ({"config-p": "new", "forget": ["p"]}, {"p": "new"}),
        ],
    )
    def test_a_password_is_kept_replaced_or_removed(self, form, value):
        assert config([parameter(password=True)], form, {"p": "old"}) == value

    @given(st.text(min_size=1, max_size=10))
    def test_names_that_mean_something_to_zope_are_harmless(self, name):
        (field,) = Configuration([parameter(name)], {}).fields()
        assert ":" not in field.key
        assert field.key == f"config-{quote(name, safe='')}"
        assert config([parameter(name)], {field.key: "x"}) == {name: "x"}

    def test_what_is_no_JSON_is_said_of_all_at_once(self):
        parameters = [parameter("a", "Collection"), parameter("b", "Collection")]
        form = {
            "config-a": "[1",
            "config-b": "nonsense",
            "extra-name-0": "c",
            "extra-value-0": "{]",
        }
        with pytest.raises(Invalid) as raised:
            config(parameters, form)
        assert len(raised.value.messages) == 3
        for name, message in zip("abc", raised.value.messages, strict=True):
            assert f"The '{name}' configuration parameter must be a list" in message


class TestExtras:
    def form(self, *rows):
        form = {}
        for number, (name, value) in enumerate(rows):
            form[f"extra-name-{number}"] = name
            form[f"extra-value-{number}"] = value
        return form

    def test_texts_lists_and_maps(self):
        form = self.form(("a", "1"), ("b", '["x"]'), (" c ", '{"d": 1}'), ("e", ""))
        assert config([], form) == {"a": "1", "b": ["x"], "c": {"d": 1}, "e": ""}

    def test_empty_rows_are_left_out_and_some_are_there(self):
        form = self.form(("", ""), ("a", "1"), ("", ""))
        assert config([], form) == {"a": "1"}
        extras = Configuration([], {}, form).extras()
        assert [extra.name for extra in extras] == ["a", "", ""]
        assert [extra.number for extra in extras] == [0, 1, 2]

    @pytest.mark.parametrize(
        ("rows", "words"),
        [
            ([("", "x")], "The value 'x' needs the name of a parameter"),
            ([("a", "1"), ("a", "2")], "'a' configuration parameter is there twice"),
            ([("p", "1")], "'p' configuration parameter is there twice"),
        ],
    )
    def test_what_is_wrong_with_rows(self, rows, words):
        with pytest.raises(Invalid, match=words):
            config([parameter()], self.form(*rows))

    def test_rows_that_are_removed_are_gone(self):
        assert config([], self.form(("a", "1")), {"a": 1, "b": 2}) == {"a": 1}
