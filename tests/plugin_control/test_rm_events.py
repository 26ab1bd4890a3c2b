"""Events of the resource manager (guide 6.1.7, 6.2.12)."""

from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.errors import NotFound
from collective.mwsvm.plugin_control.rm_events import arguments_of
from collective.mwsvm.plugin_control.rm_events import EVENTS
from collective.mwsvm.plugin_control.rm_events import PATHS
from collective.mwsvm.plugins import AbstractPlugin
from hypothesis import given
from hypothesis import strategies as st
from tests.plugin_control.site import ADMIN
import inspect
import pytest


JOBS, NODES = {"jobs": ["j1", "j2"]}, {"nodes": ["n1"]}
PROPERTIES = {"properties": {"a": "1", "b": "x"}}

#: The last step of the path, the event, a body and what arrives of it.
ROWS = [
    ("job-cancel", "jobCancel", JOBS, [["j1", "j2"]]),
    (
        "job-modify",
        "jobModify",
        {**JOBS, **PROPERTIES},
        [["j1", "j2"], {"a": "1", "b": "x"}],
    ),
    ("job-requeue", "jobRequeue", JOBS, [["j1", "j2"]]),
    ("job-resume", "jobResume", JOBS, [["j1", "j2"]]),
    (
        "job-start",
        "jobStart",
        {"jobName": "j1", "taskList": "n1,n1", "username": "amy", **PROPERTIES},
        ["j1", "n1,n1", "amy", {"a": "1", "b": "x"}],
    ),
    ("job-submit", "jobSubmit", PROPERTIES, [{"a": "1", "b": "x"}]),
    ("job-suspend", "jobSuspend", JOBS, [["j1", "j2"]]),
    (
        "node-modify",
        "nodeModify",
        {**NODES, **PROPERTIES},
        [["n1"], {"a": "1", "b": "x"}],
    ),
    ("node-power", "nodePower", {**NODES, "state": "ON"}, [["n1"], "ON"]),
    (
        "resource-create",
        "resourceCreate",
        {"type": "vm", "name": "hv1:vm1", "attributes": {"os": "centos"}},
        ["vm", "hv1:vm1", {"os": "centos"}],
    ),
    ("system-modify", "systemModify", PROPERTIES, [{"a": "1", "b": "x"}]),
    ("system-query", "systemQuery", {"attributes": ["x", "y"]}, [["x", "y"]]),
    (
        "vm-migrate",
        "virtualMachineMigrate",
        {"vmName": "vm1", "hypervisorName": "hv2", "operationName": "op"},
        ["vm1", "hv2", "op"],
    ),
]


def handling(name, **events):
    """The module of a type that handles events with lines of Python."""
    lines = [
        "from collective.mwsvm.plugins import *",
        "import os",
        "import time",
        f"class {name}Plugin(AbstractPlugin):",
        "    def keep(self, *what):",
        '        self.pluginDatastoreService.addData("kept", {"what": list(what)})',
    ]
    for event, code in events.items():
        parameters = list(inspect.signature(getattr(AbstractPlugin, event)).parameters)
        lines.append(f"    def {event}({', '.join(parameters)}):")
        lines += [f"        {line}" for line in code.splitlines()]
    return "\n".join(lines) + "\n"


def sent(site, event, body, only=None):
    return site.control.rm_events.send(event, arguments_of(event, body), only)


def kept(site, id):
    return [entry["what"] for entry in site.datastore(id, "kept") or []]


class TestBodies:
    def test_every_event_has_a_row(self):
        assert {path: event for path, event, *_ in ROWS} == PATHS
        assert EVENTS.keys() == {event for _, event, *_ in ROWS}

    @pytest.mark.parametrize("path, event, body, arguments", ROWS)
    def test_what_arrives(self, path, event, body, arguments):
        assert arguments_of(PATHS[path], body) == arguments

    @pytest.mark.parametrize("path, event, body, arguments", ROWS)
    def test_all_that_is_missing_is_told_at_once(self, path, event, body, arguments):
        required = [argument for argument in EVENTS[event] if argument.required]
        with pytest.raises(Invalid) as caught:
            arguments_of(event, {})
        assert caught.value.messages == [
            f"The field '{argument.name}' is required: {argument.description}"
            for argument in required
        ]

    @pytest.mark.parametrize("path, event, body, arguments", ROWS)
    def test_all_that_is_wrong_is_told_at_once(self, path, event, body, arguments):
        wrong = {"text": [1], "texts": {"a": 1}, "map": "text"}
        names = {"text": "a text", "texts": "a list of texts", "map": "a map of texts"}
        given = {argument.name: wrong[argument.shape] for argument in EVENTS[event]}
        with pytest.raises(Invalid) as caught:
            arguments_of(event, given)
        assert caught.value.messages == [
            f"The field '{argument.name}' can't be {wrong[argument.shape]!r}: it is "
            f"{names[argument.shape]}"
            for argument in EVENTS[event]
        ]

    @pytest.mark.parametrize(
        "value, found",
        [
            ("j1", ["j1"]),
            (["j1"], ["j1"]),
            (5, ["5"]),
            (["j1", 5], ["j1", "5"]),
            ([], None),
            ("", None),
            ([""], None),
            (["j1", None], None),
            ([["j1"]], None),
            ({"j1": 1}, None),
            (True, None),
        ],
    )
    def test_lists_of_texts(self, value, found):
        if found is None:
            with pytest.raises(
                Invalid, match="'jobs' can't be .*: it is a list of texts"
            ):
                arguments_of("jobCancel", {"jobs": value})
        else:
            assert arguments_of("jobCancel", {"jobs": value}) == [found]

    @pytest.mark.parametrize(
        "value, found",
        [
            ({}, {}),
            ({"a": "x"}, {"a": "x"}),
            ({"a": ""}, {"a": ""}),
            ({"a": 5, "b": 0.5}, {"a": "5", "b": "0.5"}),
            ({"a": True, "b": False}, {"a": "true", "b": "false"}),
            ({"a": None}, None),
            ({"a": {"b": 1}}, None),
            ({"a": ["b"]}, None),
            (["a"], None),
            (5, None),
        ],
    )
    def test_maps_of_texts(self, value, found):
        if found is None:
            with pytest.raises(Invalid, match="'properties' can't be .*a map of texts"):
                arguments_of("jobSubmit", {"properties": value})
        else:
            assert arguments_of("jobSubmit", {"properties": value}) == [found]

    @pytest.mark.parametrize("value, found", [("vm", "vm"), (" vm ", "vm"), (5, "5")])
    def test_texts(self, value, found):
        body = {"type": value, "name": "n", "attributes": {}}
        assert arguments_of("resourceCreate", body)[0] == found

    @pytest.mark.parametrize("value", ["", " ", True, ["vm"], {"vm": 1}])
    def test_texts_that_are_none(self, value):
        body = {"type": value, "name": "n", "attributes": {}}
        with pytest.raises(Invalid, match="'type' can't be .*: it is a text"):
            arguments_of("resourceCreate", body)

    @pytest.mark.parametrize(
        "state", ["ON", "off", " Reset ", "HIBERNATE", "standby", "None"]
    )
    def test_power_states(self, state):
        found = arguments_of("nodePower", {**NODES, "state": state})
        assert found == [["n1"], state.strip().upper()]

    def test_power_states_that_are_none(self):
        with pytest.raises(Invalid) as caught:
            arguments_of("nodePower", {"nodes": [], "state": "lit"})
        assert caught.value.messages == [
            "The field 'nodes' can't be []: it is a list of texts",
            "The field 'state' can't be 'lit': it is one of ON, OFF, RESET, HIBERNATE, "
            "STANDBY, NONE",
        ]

    def test_properties_of_a_started_job_may_be_absent(self):
        body = {"jobName": "j1", "taskList": "n1", "username": "amy"}
        assert arguments_of("jobStart", body) == ["j1", "n1", "amy"]

    def test_what_is_unknown_is_ignored(self):
        assert arguments_of("jobCancel", {"jobs": "j1", "why": 1}) == [["j1"]]

    @given(
        st.sampled_from(sorted(EVENTS)),
        st.dictionaries(
            st.sampled_from(sorted({a.name for e in EVENTS.values() for a in e})),
            st.recursive(
                st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
                lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
                max_leaves=5,
            ),
        ),
    )
    def test_any_body_is_taken_or_refused(self, event, body):
        shapes = {"text": str, "texts": list, "map": dict}
        try:
            found = arguments_of(event, body)
        except Invalid as error:
            assert all("The field '" in message for message in error.messages)
        else:
            for argument, value in zip(EVENTS[event], found, strict=False):
                assert isinstance(value, shapes[argument.shape])


class TestDelivery:
    @pytest.mark.parametrize("path, event, body, arguments", ROWS)
    def test_every_event_arrives(self, site, path, event, body, arguments):
        method = getattr(AbstractPlugin, event)
        names = list(inspect.signature(method).parameters)[1:]
        code = [
            *(["state = state.name"] if event == "nodePower" else []),
            f"self.keep({', '.join(names)})",
            "return ['v1', 2]" if event == "systemQuery" else "return True",
        ]
        site.upload(handling("Able", **{event: "\n".join(code)}))
        site.create("a", "Able")
        outcome = sent(site, event, body)
        assert kept(site, "a") == [arguments]
        assert outcome.success is True
        assert outcome.done == ["a"]
        assert outcome.failures == []
        assert outcome.values == (["v1", "2"] if event == "systemQuery" else [])

    def test_a_short_form_of_start(self, site):
        site.upload("""
            from collective.mwsvm.plugins import AbstractPlugin

            class ShortPlugin(AbstractPlugin):
                def job_start(self, job, tasks, user):
                    return [job, tasks, user] == ["j1", "n1", "amy"]
        """)
        site.create("a", "Short")
        body = {"jobName": "j1", "taskList": "n1", "username": "amy", **PROPERTIES}
        assert sent(site, "jobStart", body).done == ["a"]

    def test_the_most_authoritative_goes_first(self, site):
        code = 'open(self.config.file, "a").write(self.id)\nreturn True'
        site.upload(handling("Able", jobCancel=code))
        file = site.settings.folder / "order"
        for id, precedence in (("a", 3), ("b", 1), ("c", 2)):
            site.create(id, "Able", precedence=precedence, config={"file": str(file)})
        try:
            assert sent(site, "jobCancel", JOBS).done == ["b", "c", "a"]
            assert file.read_text() == "bca"
        finally:
            file.unlink()

    def test_only_started_ones(self, site):
        site.upload(handling("Able", jobCancel="return True"))
        for id in "abcd":
            site.create(id, "Able")
        site.modify("b", state="PAUSED")
        site.modify("c", state="STOPPED")
        site.control.life.fail(site.get("d"), "it broke", ADMIN)
        outcome = sent(site, "jobCancel", JOBS)
        assert (outcome.done, outcome.failures) == (["a"], [])

    @pytest.mark.parametrize("state", ["PAUSED", "STOPPED"])
    def test_one_that_is_asked_for_and_not_started(self, site, state):
        site.upload(handling("Able", jobCancel="return True"))
        site.create("a", "Able")
        site.modify("a", state=state)
        outcome = sent(site, "jobCancel", JOBS, only="a")
        assert (outcome.success, outcome.failures) == (False, [f"a is {state}"])

    def test_one_alone(self, site):
        site.upload(handling("Able", jobCancel="self.keep(1)\nreturn True"))
        site.create("a", "Able")
        site.create("b", "Able")
        assert sent(site, "jobCancel", JOBS, only="b").done == ["b"]
        assert kept(site, "a") == []
        with pytest.raises(NotFound):
            sent(site, "jobCancel", JOBS, only="nobody")

    def test_those_that_do_not_handle_it_are_passed_over(self, site):
        site.upload(handling("Able", jobCancel="return True"))
        site.upload(handling("Unable", jobResume="return True"))
        unsupported = "raise UnsupportedOperationException('not I')"
        site.upload(handling("Unwilling", jobCancel=unsupported))
        for number, name in enumerate(("Unable", "Unwilling", "Able")):
            site.create(f"p{number}", name)
        outcome = sent(site, "jobCancel", JOBS)
        assert (outcome.done, outcome.failures) == (["p2"], [])
        assert {site.get(id)["state"] for id in site.ids()} == {"STARTED"}

    def test_nobody_handles_it(self, site):
        site.upload(handling("Able", jobCancel="return True"))
        site.create("a", "Able")
        outcome = sent(site, "jobResume", JOBS)
        assert (outcome.success, outcome.done, outcome.failures) == (False, [], [])

    @pytest.mark.parametrize("result", ["False", "None", "0"])
    def test_a_false_result(self, site, result):
        site.upload(handling("Able", jobCancel="return True"))
        site.upload(handling("Failing", jobCancel=f"return {result}"))
        site.create("a", "Failing")
        site.create("b", "Able")
        outcome = sent(site, "jobCancel", JOBS)
        assert (outcome.done, outcome.failures) == (["b"], ["a could not do it"])
        # An answer is no error.
        assert site.get("a")["state"] == "STARTED"

    @pytest.mark.parametrize(
        "code, sentence",
        [
            ("raise ValueError('no power')", "no power"),
            ("os._exit(3)", "The plug-in's process ended with exit status 3"),
            (
                "time.sleep(60)",
                "The plug-in did not answer within 1 second and was ended",
            ),
        ],
    )
    def test_one_fails_and_the_others_get_it(self, site, code, sentence):
        site.upload(handling("Able", jobCancel="return True"))
        site.upload(handling("Failing", jobCancel=code))
        site.create("a", "Failing")
        site.create("b", "Able")
        site.with_settings(call_deadline=1)
        outcome = sent(site, "jobCancel", JOBS)
        assert (outcome.done, outcome.failures) == (["b"], [f"a: {sentence}"])
        assert site.state("a") == ("ERRORED", sentence)
        assert site.events()[-1] == ("pluginerror", "a")
        assert site.logged[-1]["initiatedBy"]["user"] == "resource manager"

    def test_what_the_system_is_asked_for(self, site):
        site.upload(handling("One", systemQuery="return [a + '1' for a in attributes]"))
        site.upload(handling("Two", systemQuery="return ('2',)"))
        site.upload(handling("None", systemQuery="return []"))
        site.create("a", "One")
        site.create("b", "Two")
        site.create("c", "None")
        outcome = sent(site, "systemQuery", {"attributes": ["x", "y"]})
        assert outcome.values == ["x1", "y1", "2"]
        assert outcome.done == ["a", "b", "c"]

    @pytest.mark.parametrize("result", ["'text'", "None", "True", "{'a': 1}"])
    def test_what_is_no_list_of_values(self, site, result):
        site.upload(handling("Odd", systemQuery=f"return {result}"))
        site.create("a", "Odd")
        outcome = sent(site, "systemQuery", {"attributes": ["x"]})
        assert (outcome.done, outcome.values) == ([], [])
        assert outcome.failures == ["a could not do it"]
