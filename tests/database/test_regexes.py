"""Patterns mean the same to RE2 and to PostgreSQL, and both are safe."""

from collective.mwsvm.database.regexes import MAX_LENGTH
from collective.mwsvm.database.regexes import Pattern
from collective.mwsvm.database.regexes import translate
from hypothesis import given
from hypothesis import HealthCheck
from hypothesis import settings
from hypothesis import strategies as st
from sqlalchemy import create_engine
from sqlalchemy import text
import pytest
import re
import time


TEXTS = [
    "",
    "a",
    "A",
    "ab",
    "b\n",
    "a\nb",
    "\n",
    "\na",
    "a\n\nb",
    "_",
    "é",
    "É",
    "aé",
    "k",
]
TEXTS += [
    "K",
    "\u212a",
    "\u017f",
    "s",
    "0",
    "٣",
    "\u00a0",
    " ",
    "\t",
    "\x0b",
    "-",
    "]",
    "^",
    "a-b",
]
TEXTS += [
    "\\",
    "𝄞",
    "a b",
    "{",
    "a{2",
    "}",
    ".",
    "*",
    "ß",
    "ẞ",
    "***=a",
    "(?i)A",
    "ab\nab",
]


@pytest.fixture(scope="module")
def server(postgresql):
    url = postgresql.new_database().replace("postgresql:", "postgresql+psycopg:")
    engine = create_engine(url)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def found_by_postgresql(server, pattern, texts=TEXTS):
    statement = text(
        "SELECT t FROM unnest(CAST(:texts AS text[])) t WHERE t ~ :pattern"
    )
    values = {"texts": list(texts), "pattern": pattern.postgresql}
    return {row[0] for row in server.execute(statement, values)}


def found_by_re2(pattern, texts=TEXTS):
    return {text for text in texts if pattern.found_in(text)}


atoms = st.sampled_from(
    [
        "a",
        "b",
        "é",
        "k",
        "K",
        "s",
        "\u212a",
        "ß",
        ".",
        "\\d",
        "\\w",
        "\\s",
        "\\D",
        "\\W",
        "\\S",
    ]
    + [
        "[ab]",
        "[^a]",
        "[^\\n]",
        "[a-c]",
        "[\\w-]",
        "[^\\W]",
        "[]a]",
        "[^]a]",
        "[[:alpha:]]",
    ]
    + [
        "[[:^digit:]]",
        "[À-ɏ]",
        "[\\x{1D11E}]",
        "\\x61",
        "\\n",
        "\\t",
        "\\.",
        "\\\\",
        "\\_",
    ]
    + [
        "-",
        "{",
        "}",
        "]",
        "_",
        " ",
        "#",
        "'",
        "\n",
        "\\-",
        "\\ ",
        "/",
        "=",
        "a{,2}",
        "𝄞",
    ]
    + [
        "()",
        "(|a)",
        "[^\\d\\D]",
        "[\\d\\D]",
        "[[]",
        "[.]",
        "[a\\]b]",
        "[\\^a]",
        "[-a]",
        "[a-]",
    ]
)
between = st.sampled_from(["^", "$", "\\b", "\\B", "\\A", "\\z"])
repeats = st.sampled_from(
    ["*", "+", "?", "{2}", "{0}", "{1,}", "{0,2}", "*?", "+?", "{1,2}?"]
)


def compounds(inner):
    repeated = st.tuples(inner.filter(lambda p: p not in ("", "a{,2}")), repeats)
    return st.one_of(
        st.tuples(atoms, repeats).filter(lambda p: p[0] != "a{,2}").map("".join),
        repeated.map(lambda pair: f"({pair[0]}){pair[1]}"),
        st.lists(inner | between, min_size=1, max_size=4).map("".join),
        st.lists(inner, min_size=2, max_size=3).map("|".join).map("(?:{})".format),
        st.lists(inner, min_size=2, max_size=3).map("|".join),
    )


patterns = st.recursive(atoms, compounds, max_leaves=6)
options = st.sets(st.sampled_from("ims")).map("".join)


@settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=150)
@given(patterns, options)
def test_both_engines_find_the_same(server, pattern, options):
    both = translate(pattern, options)
    assert found_by_postgresql(server, both) == found_by_re2(both), both


@settings(deadline=None, max_examples=200)
@given(patterns)
def test_the_meaning_is_that_of_pcre(pattern):
    """Python's own engine is close to it where it reads the same syntax.

    Not in an empty text, in which its \\B does not match.
    """
    with_python = pattern.replace("\\z", "\\Z")
    foreign = ("[:", "\\x{", "\\_", "[[]", "{,", "$", "\\B")
    if any(part in with_python for part in foreign):
        return
    try:
        expected = re.compile(with_python, re.ASCII)
    except (re.error, FutureWarning):
        return
    # Unlike Python, PCRE has the vertical tab among \s; so has Python since long.
    assert found_by_re2(translate(pattern)) == {t for t in TEXTS if expected.search(t)}


@pytest.mark.parametrize(
    "pattern, options, found",
    [
        ("a.b", "", {"a b", "a-b"}),
        ("a.b", "s", {"a b", "a-b", "a\nb"}),
        ("^b", "", {"b\n"}),
        ("^b", "m", {"b\n", "a\nb", "a\n\nb"}),
        ("a$", "", {"a", "\na", "***=a"}),
        ("^É$", "i", {"é", "É"}),
        ("(?i)^É$", "", {"é", "É"}),
        ("(?is)^A.B$", "", {"a b", "a-b", "a\nb"}),
        ("(?i", "", None),
        ("***=a", "", None),
        ("\\*\\*\\*=a", "", {"***=a"}),
        ("^\\d", "", {"0"}),
        ("^k$", "i", {"k", "K", "\u212a"}),
    ],
)
def test_examples(server, pattern, options, found):
    if found is None:
        with pytest.raises(ValueError):
            translate(pattern, options)
        return
    both = translate(pattern, options)
    texts = [t for t in TEXTS if t != "(?i)A"]
    assert found_by_re2(both, texts) == found
    assert found_by_postgresql(server, both, texts) == found


@pytest.mark.parametrize(
    "pattern, options, reason",
    [
        ("(", "", "has no ')'"),
        (")", "", "has no '('"),
        ("[a", "", "has no ']'"),
        ("a\\", "", "ends with a backslash"),
        ("*a", "", "nothing that * can repeat"),
        ("a**", "", "nothing that ** can repeat"),
        ("a++", "", "nothing that ++ can repeat"),
        ("^*", "", "nothing that * can repeat"),
        ("\\b+", "", "nothing that + can repeat"),
        ("a{256}", "", "more than 255"),
        ("a{3,2}", "", "wrong way round"),
        ("(a)\\1", "", "\\1 is not supported"),
        ("\\p{L}", "", "\\p is not supported"),
        ("a\\Z", "", "\\Z is not supported"),
        ("\\Qa\\E", "", "\\Q is not supported"),
        ("(?=a)", "", "(?= is not supported"),
        ("(?P<n>a)", "", "(?P is not supported"),
        ("(?<n>a)", "", "(?< is not supported"),
        ("a(?i)b", "", "(?i is not supported"),
        ("a", "x", "option x is not supported"),
        ("(?x)a", "", "option x is not supported"),
        ("[z-a]", "", "wrong ends"),
        ("[a-\\d]", "", "wrong ends"),
        ("[[:no:]]", "", "no class"),
        ("\\x{110000}", "", "no text holds"),
        ("\\x{d800}", "", "no text holds"),
        ("\\x00", "", "no text holds"),
        ("(" * 40 + ")" * 40, "", "nested too deeply"),
        ("((a{200}){200}){200}", "", "too complex"),
        ("a" * (MAX_LENGTH + 1), "", "longer than 500"),
        ("\ud800", "", "no text holds"),
    ],
)
def test_what_is_refused_says_why(pattern, options, reason):
    with pytest.raises(ValueError, match=re.escape(reason)):
        translate(pattern, options)


BOMBS = [
    "(a+)+$",
    "(a|aa)+$",
    "(.*)*x",
    "(a?){100}a{100}",
    "(x+x+)+y",
    "(?:a{0,40}){0,20}b",
    "[^b]{255}[^c]{255}[^d]{255}",
    "(\\w\\b)*x",
    "(.{0,50}a){0,15}z",
    "\\W{255}\\D{255}\\S{255}\\W{255}",
]


@pytest.mark.parametrize("pattern", BOMBS)
def test_bombs_burn_out(server, pattern):
    start = time.monotonic()
    both = translate(pattern)
    assert isinstance(both, Pattern)
    long = ["a" * 5000, "ab" * 2000 + "!"]
    assert found_by_postgresql(server, both, long) == found_by_re2(both, long)
    assert time.monotonic() - start < 3


def test_classes_of_many_characters_are_fast():
    start = time.monotonic()
    translate("[\\x{1}-\\x{10FFFF}]" * 25, "i")
    assert time.monotonic() - start < 2
