"""Host list expressions."""

from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.workload import hosts
from hypothesis import given
from hypothesis import strategies as st
import pytest


NODES = {
    name: {"classes": classes}
    for name, classes in {
        "n1": ["batch"],
        "n2": ["batch", "debug"],
        "n3": [],
        "n10": [],
        "node07": [],
        "rack1-b2": [],
    }.items()
}


@pytest.mark.parametrize(
    "expression, expected",
    [
        ("n1", ["n1"]),
        ("N1", ["n1"]),
        ("n3,n1", ["n1", "n3"]),
        (" n3  n1 ,, n1 ", ["n1", "n3"]),
        ("n[1-3,10]", ["n1", "n2", "n3", "n10"]),
        ("n[1],n[3]", ["n1", "n3"]),
        ("node[07]", ["node07"]),
        ("rack[1]-b[2-2]", ["rack1-b2"]),
        ("ALL", list(NODES)),
        ("all", list(NODES)),
        ("class:batch", ["n1", "n2"]),
        ("CLASS:debug,other", ["n2"]),
        ("r:^n[0-9]$", ["n1", "n2", "n3"]),
        ("r:N1", ["n1", "n10"]),
        ("r:^n(1|3)$", ["n1", "n3"]),
        ("r:^n[0-9]{2,2}$", ["n10"]),
        ("^n1$", ["n1"]),
    ],
)
def test_what_is_meant(expression, expected):
    assert hosts.select(expression, NODES, "hosts") == expected


@pytest.mark.parametrize(
    "expression, message",
    [
        ("n9", "nodes that do not exist: 'n9'"),
        ("n1,n[8-9]", "nodes that do not exist: 'n8', 'n9'"),
        ("n[1", "its brackets do not fit"),
        ("n]1[", "its brackets do not fit"),
        ("n[]", "in brackets are numbers"),
        ("n[a-b]", "in brackets are numbers"),
        ("n[1-2-3]", "in brackets are numbers"),
        ("n[3-1]", "the range 3-1 goes backwards"),
        ("n[1-999999999]", "stands for more than 10000 nodes"),
        ("n[1-999][1-999]", "stands for more than 10000 nodes"),
        ("[1-999]" * 1000, "stands for more than 10000 nodes"),
        ("class:none", "no node has a class of 'none'"),
        ("class:", "no node has a class of ''"),
        ("r:(", "regular expression '('"),
        ("r:(?=a)", "is not supported"),
        ("r:^x$", "no node's name matches"),
        ("r:" + "(a+)+" * 200, "regular expression"),
        ("n\u0661", "nodes that do not exist"),
        ("n[\u0661]", "in brackets are numbers"),
    ],
)
def test_what_is_no_expression(expression, message):
    with pytest.raises(Invalid) as caught:
        hosts.select(expression, NODES, "hosts")
    assert "The field 'hosts'" in str(caught.value)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "expression, expected",
    [
        ("N1,n[2-3]", ["n1", "n2", "n3"]),
        ("", None),
        ("n1,ALL", None),
        ("n1,^x", None),
        ("r:n", None),
        ("class:x", None),
    ],
)
def test_names_are_known_without_the_nodes(expression, expected):
    assert hosts.named(expression, "hosts") == expected


@given(st.integers(0, 5000), st.integers(0, 200), st.integers(1, 6))
def test_ranges_keep_the_zeros(first, count, width):
    item = f"n[{first:0{width}d}-{first + count}]"
    found = list(hosts.expanded(item))
    assert found == [f"n{n:0{width}d}" for n in range(first, first + count + 1)]


@given(st.text("n1[]-,: r^$ALcs()", max_size=30))
def test_any_text_is_understood_or_refused(text):
    try:
        found = hosts.select(text, NODES, "hosts")
    except Invalid:
        return
    assert set(found) <= set(NODES)
