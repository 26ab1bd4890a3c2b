"""Consolidation, slow and obvious: leaf by leaf over every report there ever was."""

from collective.mwsvm.inventory.consolidation import DOWN
from collective.mwsvm.inventory.consolidation import UP
from hypothesis import strategies as st


def leaves(report):
    """Each field, or member of a map, by its path; state and sub-state are one."""
    found = {}

    def walk(value, path):
        if isinstance(value, dict):
            for key, inner in value.items():
                walk(inner, (*path, key))
        else:
            found[path] = value

    walk(report, ())
    state, sub = found.pop(("state",), None), found.pop(("subState",), None)
    if state is not None:
        found["state"] = (state, sub)
    elif sub is not None:
        found["orphan"] = sub
    return found


def consolidated(reports, precedence, policy):
    """``reports``: (plugin, report) in the order in which they came."""
    order = sorted(
        enumerate(reports),
        key=lambda entry: (
            precedence.get(entry[1][0], 1),
            -entry[1][1]["timestamp"],
            entry[1][0],
            -entry[0],
        ),
    )
    best = {}
    latest_states = {}
    for _, (plugin, report) in order:
        for path, value in leaves(report).items():
            best.setdefault(path, value)
            if path == "state":
                latest_states.setdefault(plugin, value)
    favoured = {"optimistic": UP, "pessimistic": DOWN}.get(policy, ())
    for state in latest_states.values():
        if state[0] in favoured:
            best["state"] = state
            break
    if "state" in best:
        best.pop("orphan", None)
        best[("state",)], best[("subState",)] = best.pop("state")
    if "orphan" in best:
        best[("subState",)] = best.pop("orphan")
    whole = {}
    for path, value in best.items():
        if value is None:
            continue
        *outer, last = path
        target = whole
        for step in outer:
            target = target.setdefault(step, {})
        target[last] = value
    return whole


PLUGINS = ["a", "b", "c"]

amounts = st.dictionaries(
    st.sampled_from(["total", "available"]), st.integers(0, 3), min_size=1, max_size=2
)

optional = {
    "state": st.sampled_from(["UP", "DOWN", "IDLE", "DRAINED", "UNKNOWN"]),
    "subState": st.sampled_from(["x", "y"]),
    "power": st.sampled_from(["ON", "OFF"]),
    "image": st.sampled_from(["one", "two"]),
    "features": st.lists(st.sampled_from("fgh"), min_size=1, max_size=2),
    "metrics": st.dictionaries(
        st.sampled_from("mn"), st.floats(0, 9), min_size=1, max_size=2
    ),
    "variables": st.dictionaries(
        st.sampled_from("vw"), st.just(""), min_size=1, max_size=2
    ),
    "resources": st.dictionaries(
        st.sampled_from(["disk", "r"]), amounts, min_size=1, max_size=2
    ),
}


def reports_at(moments):
    """Reports of one object."""
    return st.fixed_dictionaries(
        {"name": st.just("n1"), "timestamp": moments}, optional=optional
    )


precedences = st.dictionaries(st.sampled_from(PLUGINS), st.integers(1, 3), max_size=3)
policies = st.sampled_from([None, "optimistic", "pessimistic"])
