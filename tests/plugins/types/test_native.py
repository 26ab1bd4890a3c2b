"""The type Native: polls, RM events, configuration, the initial plug-in."""

from collective.mwsvm.plugins import AbstractPlugin
from collective.mwsvm.plugins import ConfigObject
from collective.mwsvm.plugins import InvalidPluginConfigurationException
from collective.mwsvm.plugins import NodeReportPower
from collective.mwsvm.plugins import Suite
from collective.mwsvm.plugins.constraints import Constraints
from collective.mwsvm.plugins.types.native.parameters import URLS
from collective.mwsvm.plugins.types.native.plugin import NativePlugin
from collective.mwsvm.plugins.types.native.plugin import NativeProject
from tests.plugins.types.fakes import complaints
from tests.plugins.types.fakes import make
from tests.plugins.types.fakes import messages_of
import pytest
import time


EVENTS = (
    ("jobCancel", (["job.1", "job.2"],), ["job.1"]),
    (
        "jobModify",
        (["job.1", "job.2"], {"Account": "x", "Comment": "a b", "Empty": None}),
        ["job.1", "Account=x", 'Comment="a b"', "Empty="],
    ),
    ("jobRequeue", (["job.1"],), ["job.1"]),
    ("jobResume", (["job.1"],), ["job.1"]),
    ("jobStart", ("job.1", "n1,n1,n2", "joe"), ["job.1", "n1,n1,n2", "joe"]),
    ("jobStart", ("job.1", "n1", "joe", {"a": "b"}), ["job.1", "n1", "joe"]),
    (
        "jobSubmit",
        ({"UNAME": "joe", "WCLIMIT": "60", "NAME": "my job"},),
        ["UNAME=joe", "WCLIMIT=60", 'NAME="my job"'],
    ),
    ("jobSuspend", (["job.1"],), ["job.1"]),
    (
        "nodeModify",
        (["n1", "hv1:vm1"], {"OS": "linux", "X": "a b"}),
        ["n1,hv1:vm1", "--set", "OS=linux", 'X="a b"'],
    ),
    ("nodePower", (["n1", "n2"], NodeReportPower.ON), ["n1,n2", "ON"]),
    ("nodePower", (["n1"], NodeReportPower.STANDBY), ["n1", "STANDBY"]),
    (
        "resourceCreate",
        ("vm", "hv1:vm1", {"CPROC": "2", "OS": "a b"}),
        ["vm", "hv1:vm1", "CPROC=2", 'OS="a b"'],
    ),
    (
        "systemModify",
        ({"a": "b", "operation": "stop", "c": "d e"},),
        ["stop", "a=b", 'c="d e"'],
    ),
    ("systemModify", ({"a": "b"},), ["a=b"]),
    (
        "virtualMachineMigrate",
        ("vm1", "hv2", "op7"),
        ["--vmigrate", "vm1.pn=hv2", "operationid=op7"],
    ),
)


@pytest.fixture
def script(tmp_path):
    """Makes a shell script; gives its URL."""

    def shell(code, name="script.sh"):
        path = tmp_path / name
        path.write_text(f"#!/bin/sh\n{code}\n")
        path.chmod(0o755)
        return f"exec://{path}"

    return shell


@pytest.fixture
def recorder(script, tmp_path):
    """A script that keeps its arguments, and a function that tells them."""
    path = tmp_path / "arguments"
    url = script(f"printf '%s\\n' \"$@\" > {path}; echo SC=0 RESPONSE=done")
    return url, lambda: path.read_text().splitlines()


@pytest.fixture
def text(tmp_path):
    """Makes a file; gives its URL."""

    def write(content, name="file.txt"):
        (tmp_path / name).write_text(content)
        return f"file://{tmp_path / name}"

    return write


# -- events


@pytest.mark.parametrize(
    ("event", "given", "expected"), EVENTS, ids=lambda value: str(value)[:30]
)
def test_events_become_arguments(event, given, expected, recorder):
    url, arguments = recorder
    plugin = make(NativePlugin, **{event: f"{url}?this&is&replaced"})
    assert getattr(plugin, event)(*given) is True
    assert arguments() == expected
    assert plugin.log.of("error") == []


@pytest.mark.parametrize(
    ("event", "given"), [(event, given) for event, given, _ in EVENTS]
)
def test_events_without_a_url_are_false(event, given):
    assert getattr(make(NativePlugin), event)(*given) is False


@pytest.mark.parametrize(
    ("event", "given"), [(event, given) for event, given, _ in EVENTS]
)
def test_events_that_fail_are_false_and_in_the_log(event, given, script):
    plugin = make(NativePlugin, **{event: script("echo no >&2; exit 2")})
    assert getattr(plugin, event)(*given) is False
    assert plugin.log.of("error") == [f"{event}: its exit code is 2: no"]


def test_every_rm_event_is_tried_here():
    tried = {event for event, _, _ in EVENTS} | {"systemQuery"}
    lifecycle = {"configure", "beforeStart", "afterStart", "beforeStop", "afterStop"}
    dynamic = {"start", "stop", "message"}
    events = {
        name
        for name, value in vars(AbstractPlugin).items()
        if callable(value) and not name.startswith("_") and "_" not in name
    }
    assert events - lifecycle - dynamic == tried


@pytest.mark.parametrize("answer", ["true", "echo ERROR: no such job", "echo; echo"])
def test_answers_to_events_that_are_failures(answer, script):
    plugin = make(NativePlugin, jobCancel=script(answer))
    assert plugin.jobCancel(["job.1"]) is False


def test_the_code_of_a_response_line_is_not_looked_at(script):
    plugin = make(NativePlugin, jobCancel=script("echo SC=1 RESPONSE=why"))
    assert plugin.jobCancel(["job.1"]) is True


def test_a_script_of_an_event_that_hangs_is_killed(script):
    plugin = make(NativePlugin, jobCancel=script("sleep 60"))
    plugin.event_seconds = 0.3
    assert plugin.jobCancel(["job.1"]) is False
    assert "within 0.3 seconds" in plugin.log.of("error")[0]


def test_jobs_after_the_first_are_told(recorder):
    url, _ = recorder
    plugin = make(NativePlugin, jobCancel=url)
    plugin.jobCancel(["job.1", "job.2", "job.3"])
    assert plugin.log.of("warn") == ["jobCancel: only for job.1, not for job.2, job.3"]
    assert plugin.jobCancel([]) is False


def test_system_query_gives_lines(script):
    plugin = make(NativePlugin, systemQuery=script('echo "$@"; echo two'))
    assert plugin.systemQuery(["a", "b"]) == ["a", "two"]
    assert plugin.systemQuery([]) == []
    assert make(NativePlugin).systemQuery(["a"]) == []
    failing = make(NativePlugin, systemQuery=script("exit 1"))
    assert failing.systemQuery(["a"]) == []


def test_the_environment_is_for_scripts(script, tmp_path):
    url = script(f'echo "$A-$B" | tee {tmp_path}/seen')
    plugin = make(NativePlugin, jobCancel=url, environment="A=1&B=x%20y")
    assert plugin.jobCancel(["job.1"]) is True
    assert (tmp_path / "seen").read_text() == "1-x y\n"


# -- start and stop


def test_start_and_stop_urls_are_called(script, tmp_path):
    plugin = make(
        NativePlugin,
        startUrl=script(f"touch {tmp_path}/started", "start"),
        stopUrl=script(f"touch {tmp_path}/stopped", "stop"),
    )
    plugin.beforeStart()
    assert (tmp_path / "started").exists()
    assert not (tmp_path / "stopped").exists()
    plugin.afterStop()
    assert (tmp_path / "stopped").exists()
    assert plugin.log.of("error") == []


def test_start_and_stop_urls_that_fail_are_only_logged(script):
    plugin = make(
        NativePlugin, startUrl=script("exit 1"), stopUrl="file:///no/such/file"
    )
    plugin.beforeStart()
    plugin.afterStop()
    assert plugin.log.of("error") == [
        "startUrl: its exit code is 1",
        "stopUrl: /no/such/file does not exist",
    ]


# -- polls

NODE = "n1 STATE=Idle CPROC=4 UPDATETIME=1344488025"
VM = "vm1 CONTAINERNODE=n1;STATE=Running;UPDATETIME=1344488025"
JOB = "Moab.1 STATE=Running;UNAME=joe;UPDATETIME=1344488025"

NODE_JSON = {
    "name": "n1",
    "state": "IDLE",
    "timestamp": 1344488025,
    "resources": {"processors": {"total": 4}},
}


def names(service):
    return [[report["name"] for report in saved] for saved in service.saved]


def saved(plugin):
    services = (
        plugin.nodeRMService,
        plugin.virtualMachineRMService,
        plugin.jobRMService,
    )
    return tuple(names(service) for service in services)


def test_a_cluster_query_has_nodes_and_machines(text):
    plugin = make(
        NativePlugin,
        getCluster=text(f"SC=0 RESPONSE=ok\n{NODE}\n{VM}\n", "cluster"),
        getNodes="file:///never/asked",
        getVirtualMachines="file:///never/asked",
        getJobs=text(JOB, "jobs"),
    )
    plugin.poll()
    assert saved(plugin) == ([["n1"]], [["vm1"]], [["moab.1"]])
    assert plugin.nodeRMService.saved == [[NODE_JSON]]
    assert plugin.log.of("error") == []


def test_nodes_and_machines_of_their_own_urls(text):
    plugin = make(
        NativePlugin,
        getNodes=text(f"{NODE}\nn2 CONTAINERNODE=n9\n", "nodes"),
        getVirtualMachines=text("vm1 STATE=Idle\n", "vms"),
    )
    plugin.poll()
    assert saved(plugin) == ([["n1", "n2"]], [["vm1"]], [[]])


def test_all_three_are_saved_without_any_url():
    plugin = make(NativePlugin)
    plugin.poll()
    plugin.poll()
    assert saved(plugin) == ([[], []], [[], []], [[], []])


def test_an_empty_answer_empties_the_reports(text, script):
    plugin = make(NativePlugin, getCluster=text(""), getJobs=script("true"))
    plugin.poll()
    assert saved(plugin) == ([[]], [[]], [[]])


def test_what_a_failing_url_told_stays(text, script):
    plugin = make(
        NativePlugin,
        getNodes=script("exit 1", "nodes"),
        getVirtualMachines=text(VM),
        getJobs=script("echo ERROR no server", "jobs"),
    )
    plugin.poll()
    assert saved(plugin) == ([], [["vm1"]], [])
    assert plugin.log.of("error") == [
        "getNodes: its exit code is 1",
        "getJobs: the answer begins with an error: ERROR no server",
    ]


def test_a_failing_cluster_query_leaves_nodes_and_machines(script, text):
    plugin = make(NativePlugin, getCluster=script("exit 1"), getJobs=text(JOB))
    plugin.poll()
    assert saved(plugin) == ([], [], [["moab.1"]])


def test_a_url_that_hangs_holds_the_others_up_no_longer_than_its_time(script, text):
    hanging = script("sleep 60")
    plugin = make(
        NativePlugin, getNodes=hanging, getVirtualMachines=hanging, getJobs=text(JOB)
    )
    plugin.poll_seconds = 0.5
    started = time.monotonic()
    plugin.poll()
    assert time.monotonic() - started < 5
    assert saved(plugin) == ([], [], [["moab.1"]])
    assert len(plugin.log.of("error")) == 2


def test_broken_lines_are_told_and_good_ones_kept(text):
    plugin = make(NativePlugin, getNodes=text(f"{NODE}\nn2 CPROC=many STATE=Idle\n"))
    plugin.poll()
    assert saved(plugin)[0] == [["n1", "n2"]]
    (warning,) = plugin.log.of("warn")
    assert warning.startswith("getNodes: Line 2 (n2)")


def test_no_more_than_twenty_faults_are_told(text):
    lines = "".join(f"n{number} CPROC=x STATE=Idle\n" for number in range(50))
    plugin = make(NativePlugin, getNodes=text(lines))
    plugin.poll()
    assert len(saved(plugin)[0][0]) == 50
    warnings = plugin.log.of("warn")
    assert len(warnings) == 21
    assert warnings[-1] == "30 more faults are not shown"


def test_reports_without_a_time_are_of_now(text):
    plugin = make(NativePlugin, getNodes=text("n1 STATE=Idle"))
    before = int(time.time())
    plugin.poll()
    ((report,),) = plugin.nodeRMService.saved
    assert before <= report["timestamp"] <= time.time()


# -- configuration


def test_every_parameter_has_a_label_and_help():
    described = Constraints.of(NativePlugin).describe(
        messages_of(NativePlugin), "nativePlugin"
    )
    assert {parameter["name"] for parameter in described} == {"environment", *URLS}
    for parameter in described:
        assert parameter["label"] != parameter["name"]
        assert parameter["help"]
        assert parameter["required"] is False
        assert parameter["type"] == "String"


@pytest.mark.parametrize("key", URLS)
def test_every_url_is_checked(key):
    (complaint,) = complaints(NativePlugin, **{key: "nodes.txt"})
    assert key in complaint
    assert "nodes.txt" in complaint
    assert complaints(NativePlugin, **{key: "exec:///opt/script.pl?a"}) == []


def test_the_environment_is_checked():
    (complaint,) = complaints(NativePlugin, environment="A=1&=2")
    assert "'environment'" in complaint
    assert "no name" in complaint


def test_urls_that_nothing_can_read_are_refused():
    with pytest.raises(InvalidPluginConfigurationException) as caught:
        make(NativePlugin, getNodes="ftp://host/nodes", getJobs="file:///jobs")
    (error,) = caught.value.errors
    assert "'getNodes'" in error
    assert "ftp://host/nodes" in error


# -- the initial plug-in


def initial(suite, home="/opt/mws"):
    config = ConfigObject({"mws": {"home": {"location": home}}})
    return NativeProject().initialPlugins(config, suite)


def test_the_suite_cloud_has_an_initial_plugin():
    assert initial(Suite.HPC) == {}
    assert initial(Suite.CLOUD) == {
        "cloud-native": {
            "pluginType": "Native",
            "pollInterval": 30,
            "config": {"getCluster": "file:///opt/mws/etc/nodes.txt"},
        }
    }


def test_the_initial_plugin_reads_a_home_of_any_name(tmp_path):
    home = tmp_path / "my home #1 50%"
    (home / "etc").mkdir(parents=True)
    (home / "etc" / "nodes.txt").write_text(NODE)
    config = initial(Suite.CLOUD, str(home))["cloud-native"]["config"]
    plugin = make(NativePlugin, id="cloud-native", **config)
    plugin.poll()
    assert saved(plugin)[0] == [["n1"]]


def test_its_missing_file_is_told_once_until_it_was_there(tmp_path):
    path = tmp_path / "nodes.txt"
    plugin = make(NativePlugin, id="cloud-native", getCluster=f"file://{path}")
    plugin.poll()
    plugin.poll()
    expected = [f"getCluster: {path} does not exist"]
    assert plugin.log.lines == [("info", *expected)]
    path.write_text(NODE)
    plugin.poll()
    path.unlink()
    plugin.poll()
    assert plugin.log.of("info") == expected * 2
    assert saved(plugin)[0] == [["n1"]]


def test_a_missing_file_of_other_plugins_is_an_error_each_time(tmp_path):
    plugin = make(NativePlugin, getCluster=f"file://{tmp_path}/nodes.txt")
    plugin.poll()
    plugin.poll()
    assert len(plugin.log.of("error")) == 2


@pytest.mark.parametrize(
    ("script", "allowed"),
    [
        ("tools/a.sh", True),
        ("tools/deep/a.sh", True),
        ("tools/../other/a.sh", False),
        ("tools/link.sh", False),
        ("toolsbox/a.sh", False),
    ],
)
def test_scripts_are_run_from_the_folders_of_the_configuration_only(
    tmp_path, script, allowed
):
    for folder in ("tools/deep", "other", "toolsbox"):
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        (tmp_path / folder / "a.sh").touch()
    (tmp_path / "tools" / "link.sh").symlink_to(tmp_path / "other" / "a.sh")
    plugin = make(NativePlugin)
    plugin._runtime.app_config = ConfigObject(
        {"plugins": {"scripts": [str(tmp_path / "tools")]}}
    )
    plugin._inform({"id": "p1", "config": {"getJobs": f"exec://{tmp_path}/{script}"}})
    if allowed:
        plugin.configure()
        return
    with pytest.raises(InvalidPluginConfigurationException) as raised:
        plugin.configure()
    (sentence,) = raised.value.errors
    assert "'getJobs'" in sentence
    assert "plugins.scripts" in sentence


@pytest.mark.parametrize("name", ["LD_PRELOAD", "PERL5OPT", "PYTHONPATH", "ENV"])
def test_the_environment_makes_programs_load_no_other_code(name):
    (sentence,) = complaints(NativePlugin, environment=f"A=1&{name}=x")
    assert name in sentence
