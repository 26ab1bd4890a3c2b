from collective.mwsvm.plugins.message_format import format_message
from collective.mwsvm.plugins.messages import Messages
from collective.mwsvm.plugins.property_files import decode_properties
from collective.mwsvm.plugins.property_files import parse_properties
from datetime import datetime
from datetime import UTC
from enum import Enum
from hypothesis import given
from hypothesis import strategies as st
from types import SimpleNamespace
import pytest


GUIDE = r"""first.message.code=This is the first message
second.message=This message can span multiple lines, \
  and will not show the linebreaks when retrieved
message.with.arguments=This message has arguments: first - {0}, second - {1}, \
  third - {2}, etc.
message.with.quotes=This message uses single quotes around ''this phrase''.
"""


class Colour(Enum):
    RED = "Red"


@pytest.mark.parametrize(
    "text, expected",
    [
        ("a=b", {"a": "b"}),
        ("a = b ", {"a": "b "}),
        ("a:b", {"a": "b"}),
        ("a b", {"a": "b"}),
        ("a\t=\tb", {"a": "b"}),
        ("a = = b", {"a": "= b"}),
        ("a", {"a": ""}),
        ("  a=b", {"a": "b"}),
        ("# c=d\n! e=f\n\n   \na=b", {"a": "b"}),
        ("# comment \\\na=b", {"a": "b"}),
        ("a=b\\\n   c", {"a": "bc"}),
        ("a=b\\\n# c", {"a": "b# c"}),
        ("a=b\\\\\nc=d", {"a": "b\\", "c": "d"}),
        ("a=b\\\n\nc=d", {"a": "b", "c": "d"}),
        ("a=b\\", {"a": "b"}),
        ("a=b\r\nc=d\re=f", {"a": "b", "c": "d", "e": "f"}),
        (r"a\=\:\ b=c", {"a=: b": "c"}),
        (r"a=\t\n\f\r\q\\", {"a": "\t\n\f\rq\\"}),
        (r"a=\u00e9\u20AC", {"a": "é€"}),
        (r"a=\ud83d\ude00", {"a": "😀"}),
        (r"a=\ud83d", {"a": "\N{REPLACEMENT CHARACTER}"}),
        ("a=1\na=2", {"a": "2"}),
        ("", {}),
    ],
)
def test_property_files_follow_javas_rules(text, expected):
    assert parse_properties(text) == expected


@pytest.mark.parametrize("escape", [r"\u12", r"\uxyzw", r"\u"])
def test_a_wrong_escape_is_an_error_with_its_line(escape):
    with pytest.raises(ValueError, match=r"line 3: .*four hexadecimal digits"):
        parse_properties(f"a=b\n\nc={escape}")


def escaped(text, *, name=False):
    special = {"\\": r"\\", "\n": r"\n", "\r": r"\r", "\t": r"\t", "\f": r"\f"}
    written = "".join(special.get(letter, letter) for letter in text)
    if name:
        for letter in "=: #!":
            written = written.replace(letter, f"\\{letter}")
        return written
    return f"\\{written}" if written.startswith(" ") else written


texts = st.text(st.characters(exclude_categories=("Cs",)))


@given(st.dictionaries(texts, texts))
def test_what_is_written_is_read(entries):
    lines = [f"{escaped(k, name=True)}={escaped(v)}" for k, v in entries.items()]
    # A name that is empty makes a line that starts with its separator.
    assert parse_properties("\n".join(lines)) == entries


@given(st.text())
def test_any_text_is_read_or_refused(text):
    try:
        parse_properties(text)
    except ValueError as error:
        assert "line" in str(error)


def test_files_are_utf_8_or_latin_1():
    assert decode_properties("é".encode()) == "é"
    assert decode_properties("\ufeffé".encode()) == "é"
    assert decode_properties("é".encode("latin-1")) == "é"


@pytest.mark.parametrize(
    "pattern, arguments, expected",
    [
        ("{0} and {1}", ["a", "b"], "a and b"),
        ("{1} and {0}", ["a", "b"], "b and a"),
        ("{0}{0}", ["a"], "aa"),
        ("{2} is not there", ["a"], "{2} is not there"),
        ("{99999999999999999999}", ["a"], "{99999999999999999999}"),
        ("''{0}''", ["a"], "'a'"),
        ("'{0}' and {0}", ["a"], "{0} and a"),
        ("'{' and '}'", ["a"], "{ and }"),
        ("it's {0}", ["a"], "it's a"),
        ("{x} {} {", ["a"], "{x} {} {"),
        ("{0,number,integer}", [1234], "1234"),
        ("{0}", ["{1}"], "{1}"),
        ("{0}", [None], "null"),
        ("{0} {1}", [True, False], "true false"),
        ("{0}", [[1, "a", True]], "1, a, true"),
        ("{0}", [{"a": 1}], "a: 1"),
        ("{0}", [Colour.RED], "RED"),
        ("{0}", [datetime(2013, 1, 2, 3, 4, 5, tzinfo=UTC)], "2013-01-02 03:04:05 UTC"),
    ],
)
def test_arguments_go_into_messages(pattern, arguments, expected):
    assert format_message(pattern, arguments) == expected


@given(st.text(), st.lists(st.integers() | st.text() | st.booleans() | st.none()))
def test_every_pattern_gives_a_message(pattern, arguments):
    assert isinstance(format_message(pattern, arguments), str)


def test_the_guides_examples():
    message = Messages(parse_properties(GUIDE))
    assert message(code="first.message.code") == "This is the first message"
    assert message(code="second.message") == (
        "This message can span multiple lines, and will not show the linebreaks when "
        "retrieved"
    )
    assert message(code="message.with.arguments", args=["1st", 2, True]) == (
        "This message has arguments: first - 1st, second - 2, third - true, etc."
    )
    assert message(code="message.with.quotes") == (
        "This message uses single quotes around 'this phrase'."
    )
    assert message(code="invalid.message.code") == "invalid.message.code"


def test_a_mapping_does_as_well():
    message = Messages({"a": "the {0}"})
    assert message({"code": "a", "args": [1]}) == "the 1"
    assert message({"code": "a"}, args=[2]) == "the 2"


def test_a_default_is_shown_for_an_unknown_code():
    assert Messages()(code="a", default="no {0}", args=["b"]) == "no b"
    assert Messages({"a": "A"})(code="a", default="no") == "A"


@pytest.mark.parametrize("wrap", [dict, lambda **error: SimpleNamespace(**error)])
def test_an_error_has_a_hierarchy_of_codes(wrap):
    message = Messages({"b": "B {0}", "c": "C"})
    assert message(error=wrap(codes=["a", "b", "c"], arguments=[1])) == "B 1"
    unknown = wrap(codes=["x", "y"], arguments=[1], defaultMessage="D {0}")
    assert message(error=unknown) == "D 1"
    assert message(error=wrap(codes=["x", "y"])) == "y"


def test_the_default_messages_are_there_and_may_be_replaced():
    code = "default.blank.message"
    assert Messages()(code=code, args=["a"]) == (
        "The 'a' configuration parameter cannot be blank"
    )
    assert Messages({code: "{0}?"})(code=code, args=["a"]) == "a?"


def test_an_unknown_name_is_refused():
    with pytest.raises(TypeError, match=r"code, args, default, error, not 'cod'"):
        Messages()(cod="a")


def test_message_files_end_in_messages_properties(tmp_path):
    (tmp_path / "messages.properties").write_text("a=1\nb=1")
    (tmp_path / "a-messages.properties").write_text("b=2\nc=2")
    (tmp_path / "other.properties").write_text("d=3")
    near = tmp_path / "near"
    near.mkdir()
    (near / "messages.properties").write_text("a=4")
    message = Messages.read(near, tmp_path)
    assert [message(code=code) for code in "abcd"] == ["4", "2", "2", "d"]


def test_a_broken_message_file_is_named(tmp_path):
    (tmp_path / "x-messages.properties").write_text(r"a=\uzzzz")
    with pytest.raises(ValueError, match=r"x-messages\.properties cannot .* line 1"):
        Messages.read(tmp_path)
