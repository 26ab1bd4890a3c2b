"""The language of the policy CustomPriority."""

from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.workload.scheduling.priority_function import COMPONENTS
from collective.mwsvm.workload.scheduling.priority_function import parsed
from collective.mwsvm.workload.scheduling.world import Policies
from hypothesis import given
from hypothesis import strategies as st
from tests.workload.scheduling.worlds import decide
from tests.workload.scheduling.worlds import job
from tests.workload.scheduling.worlds import node
from tests.workload.scheduling.worlds import reservation
from tests.workload.scheduling.worlds import running
from tests.workload.scheduling.worlds import started
import math
import pytest


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        (" 1.5 ", 1.5),
        (".01*200", 2),
        ("1e2", 100),
        ("1+2*3", 7),
        ("(1+2)*3", 9),
        ("10-4-3", 3),
        ("12/4/3", 1),
        ("-2*-3", 6),
        ("--2", 2),
        ("7/0", 0),
        ("2*load", 4),
        ("100*RSVAFFINITY - GMETRIC[numvms]", 198),
    ],
)
def test_values(text, value):
    assert parsed(text)(lambda name, key: 2) == value


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "a number, a component or a bracket was expected, at its end"),
        ("1 +", "a number, a component or a bracket was expected, at its end"),
        ("(1", "a closing bracket was expected, at its end"),
        ("1 2", "an operator was expected, at '2'"),
        ("1)", "an operator was expected, at ')'"),
        ("2**3", "a number, a component or a bracket was expected, at '*3'"),
        ("BEAUTY", "there is no component BEAUTY"),
        ("LOAD[x]", "LOAD takes no square brackets"),
        ("GMETRIC", "GMETRIC needs a name in square brackets"),
        ("__import__('os')", "that is no part of a function"),
        ("LOAD.x", "that is no part of a function"),
        ("(" * 60 + "1" + ")" * 60, "nested more than 50 deep"),
        ("1+" * 2000 + "1", "2000 are allowed"),
    ],
)
def test_what_is_wrong_is_said(text, why):
    with pytest.raises(Invalid, match="customPriorityFunction") as caught:
        parsed(text)
    assert why in str(caught.value)


@given(st.text(alphabet="01.+-*/() LOADGMETRIC[]ex,_", max_size=40))
def test_any_text_is_a_function_or_invalid(text):
    try:
        value = parsed(text)(lambda name, key: 1.0)
    except Invalid:
        return
    assert isinstance(value, float | int)


@given(
    st.recursive(
        st.integers(0, 9).map(str),
        lambda inner: st.tuples(inner, st.sampled_from("+-*"), inner).map(
            lambda parts: f"({parts[0]}{parts[1]}{parts[2]})"
        ),
        max_leaves=12,
    )
)
def test_numbers_are_worked_out_as_python_does(text):
    assert math.isclose(parsed(text)(lambda name, key: 0.0), eval(text))


#: For each component a better and a worse node.
BETTER = {
    "ADISK": ({"generic": {"disk": 9}}, {"generic": {"disk": 1}}),
    "AMEM": ({"memory": 900}, {"memory": 100}),
    "APROCS": ({"processors": 9}, {}),
    "ARCH[x]": ({"architecture": "x"}, {"architecture": "y"}),
    "ASWAP": ({"generic": {"swap": 9}}, {"generic": {"swap": 1}}),
    "CDISK": ({"generic": {"disk": 9}}, {"generic": {"disk": 1}}),
    "CMEM": ({"memory": 900}, {"memory": 100}),
    "CPROCS": ({"processors": 9}, {}),
    "CSWAP": ({"generic": {"swap": 9}}, {}),
    "FEATURE[x]": ({"features": frozenset("x")}, {}),
    "GMETRIC[x]": ({"metrics": {"x": 2.0}}, {"metrics": {"x": 1.0}}),
    "LOAD": ({"load": 2.0}, {"load": 1.0}),
    "NODEINDEX": ({"index": 9}, {"index": 1}),
    "OS[x]": ({"image": "x"}, {"image": "y"}),
    "PRIORITY": ({"priority": 2.0}, {}),
    "SPEED": ({"speed": 2.0}, {"speed": 1.0}),
    "VARIABLE[x]": ({"variables": {"x": "2"}}, {"variables": {"x": "1"}}),
}


@pytest.mark.parametrize("component", sorted(BETTER))
@pytest.mark.parametrize("sign", ["", "-"])
def test_components(component, sign):
    better, worse = BETTER[component]
    policies = Policies(allocation="CustomPriority", function=f"{sign}{component}")
    nodes = [node("n1", **better), node("n2", **worse)]
    found = started(decide(*nodes, job("a"), policies=policies))
    assert found == {"a": {"n2" if sign else "n1": 1}}


@pytest.mark.parametrize("component", ["JOBCOUNT", "USAGE", "-APROCS"])
def test_components_that_look_at_jobs(component):
    policies = Policies(allocation="CustomPriority", function=component)
    busy = running("r", ("n1", 1))
    found = started(decide(node("n1"), node("n2"), busy, job("a"), policies=policies))
    assert found == {"a": {"n1": 1}}


def test_free_time_preference_and_affinity():
    later = reservation("r", "n2", start=5000)
    policies = Policies(allocation="CustomPriority", function="FREETIME")
    found = started(decide(node("n1"), node("n2"), later, job("a"), policies=policies))
    assert found == {"a": {"n1": 1}}
    policies = Policies(allocation="CustomPriority", function="PREF")
    asking = job("a", nodes_requested=("n1",), nodes_policy="SUBSET")
    found = started(decide(node("n1"), node("n2"), asking, policies=policies))
    assert found == {"a": {"n1": 1}}
    mine = reservation("r", "n1", acl=("USER:ted",))
    policies = Policies(allocation="CustomPriority", function="-RSVAFFINITY")
    ted = job("a", user="ted")
    found = started(decide(node("n1"), node("n2"), mine, ted, policies=policies))
    assert found == {"a": {"n2": 1}}


def test_every_component_is_tried():
    tried = {name.partition("[")[0] for name in BETTER}
    tried |= {"JOBCOUNT", "USAGE", "FREETIME", "PREF", "RSVAFFINITY"}
    assert tried == set(COMPONENTS)
