from collective.mwsvm.plugin_control.errors import HostError
from collective.mwsvm.plugin_control.errors import PluginDied
from collective.mwsvm.plugin_control.errors import PluginFailed
from collective.mwsvm.plugin_control.errors import PluginTimeout
from collective.mwsvm.plugin_control.hosts import Hosts
from collective.mwsvm.plugin_control.hosts import HostSettings
from collective.mwsvm.plugin_control.hosts import Source
from collective.mwsvm.plugins import PluginStopException
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
import contextlib
import gc
import logging
import os
import pytest
import signal
import subprocess
import sys
import textwrap
import threading
import time


SAMPLE = Source("module", str(Path(__file__).parent / "sample_plugin.py"), "sample")
SETTINGS = HostSettings(app_config='{"mws": {"home": "/there"}}')
GIB = 1024**3


class Site:
    """Answers the calls of plug-ins, and remembers them."""

    def __init__(self):
        self.calls = []
        self.records = []

    def call(self, plugin, service, method, arguments, ask):
        self.calls.append((plugin, f"{service}.{method}", arguments))
        if service == "pluginControlService":
            if arguments != [plugin]:
                raise PluginStopException("it runs on", True)
            return ask(invoke("beforeStop", plugin))
        if arguments == ["broken"]:
            raise ZeroDivisionError("secret")
        if arguments == ["slow"]:
            time.sleep(0.4)
        if method == "getData":
            return {"value": arguments[2]}
        return None

    def log(self, record):
        self.records.append(record)


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


def plugin(id="p1", revision=0, do=None, **config):
    return {
        "id": id,
        "pluginType": "Sample",
        "state": "STARTED",
        "substate": None,
        "pollInterval": 30,
        "autoStart": True,
        "precedence": 1,
        "config": {"do": do, **config},
        "revision": revision,
    }


def invoke(method, id="p1", arguments=(), **more):
    return {
        "op": "invoke",
        "plugin": plugin(id, **more),
        "method": method,
        "arguments": list(arguments),
    }


def is_running(pid):
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def eventually(condition, seconds=5):
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            return False
        threading.Event().wait(0.01)
    return True


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def hosts(clock):
    hosts = Hosts(limit=4, idle=300, monotonic=clock)
    yield hosts
    hosts.close()


@pytest.fixture
def site():
    return Site()


@pytest.fixture
def ask(hosts, site):
    def ask(request, seconds=20, settings=SETTINGS, source=SAMPLE):
        return hosts.ask(source, settings, request, site, seconds)

    return ask


@pytest.fixture
def do(ask):
    """Lets the sample do something in its poll."""

    def do(what, id="p1", seconds=20, settings=SETTINGS, **more):
        return ask(invoke("poll", id, do=what, **more), seconds, settings)

    return do


class TestRequests:
    def test_describe(self, ask):
        (described,) = ask({"op": "describe"})["types"]
        assert described["id"] == "Sample"
        assert described["pollMethod"] is True
        assert "beforeStart" in described["events"]
        assert {"name": "teapot", "secured": False} in described["webServices"]
        assert {"name": "given", "secured": True} in described["webServices"]
        assert described["pollInterval"] == {"default": 45, "min": 10, "max": None}

    def test_check_gives_defaults_and_types(self, ask):
        given = plugin(number="7", since="2020-01-02 03:04:05 UTC")
        given["pollInterval"] = None
        assert ask({"op": "check", "plugin": given, "configure": True}) == {
            "messages": [],
            "config": {"do": None, "number": 7, "since": "2020-01-02 03:04:05 UTC"},
            "pollInterval": 45,
        }

    def test_check_gives_all_messages(self, ask):
        given = plugin(number=1000)
        given["pollInterval"] = 1
        found = ask({"op": "check", "plugin": given, "configure": False})
        assert len(found["messages"]) == 2

    def test_check_without_configure(self, ask):
        request = {"op": "check", "plugin": plugin(refuse=True), "configure": False}
        assert ask(request)["messages"] == []
        request["configure"] = True
        assert ask(request)["messages"] == ["first", "second"]

    def test_check_of_a_new_plugin(self, ask):
        request = {"op": "check", "plugin": {"pluginType": "Sample"}}
        assert ask(request)["config"] == {"number": 3}

    def test_an_unknown_type(self, ask):
        with pytest.raises(PluginFailed, match="Nothing") as caught:
            ask({"op": "check", "plugin": {"pluginType": "Nothing"}})
        assert caught.value.type == "InvalidPluginTypeException"

    def test_an_unknown_request(self, ask):
        with pytest.raises(PluginFailed, match="'dance'"):
            ask({"op": "dance", "plugin": plugin()})

    def test_events_in_both_spellings(self, ask, do):
        ask(invoke("beforeStart"))
        ask(invoke("beforeStop"))
        assert do("tell")["calls"] == ["configure", "beforeStart", "beforeStop"]

    def test_an_event_of_the_life_cycle_that_is_not_there(self, ask):
        assert ask(invoke("afterStop")) is None

    def test_jobs_start_with_and_without_properties(self, ask):
        assert ask(invoke("jobStart", arguments=["j", "t", "u", {"a": "b"}])) is True
        assert ask(invoke("jobStart", arguments=["j", "t", "u"])) is True
        assert ask(invoke("jobStart", arguments=["j", "t", "x"])) is False

    def test_node_power_is_an_enumeration(self, ask):
        assert ask(invoke("nodePower", arguments=[["n1"], "ON"])) is True
        with pytest.raises(PluginFailed, match="'UPSIDE'.*HIBERNATE"):
            ask(invoke("nodePower", arguments=[["n1"], "UPSIDE"]))

    def test_tuples_are_lists(self, ask):
        assert ask(invoke("systemQuery", arguments=[["a", "b"]])) == ["a", "b"]

    @pytest.mark.parametrize("event", ["jobCancel", "jobSubmit", "dance", "stop"])
    def test_an_event_that_is_not_there(self, ask, event):
        with pytest.raises(PluginFailed) as caught:
            ask(invoke(event, arguments=[["j"]]))
        assert caught.value.type == "UnsupportedOperationException"

    def test_dates_and_reports_and_enumerations(self, do):
        values = do("values")
        assert values.pop("report")["name"] == "n1"
        assert values == {"set": [1], "power": "OFF", "date": "2020-01-02 03:04:05 UTC"}

    def test_what_is_no_json(self, do):
        with pytest.raises(PluginFailed, match=r"poll.*object at list\[1\]"):
            do("strange")

    def test_the_configuration_is_converted(self, do):
        told = do("tell", number="5", since="2020-01-02 03:04:05 UTC")
        assert (told["number"], told["year"]) == (5, 2020)
        assert told["home"] == "/there"


class TestWebServices:
    def service(self, name, **params):
        return {
            "op": "service",
            "plugin": plugin(),
            "name": name,
            "params": params,
            "method": "PUT",
        }

    def test_parameters_and_method(self, ask):
        answer = ask(self.service("given", a="1", body={"b": 2}))
        assert answer["a"] == "1"
        assert answer["body"] == {"b": 2}
        assert answer["method"] == "PUT"

    def test_an_exception_with_a_code(self, ask):
        with pytest.raises(PluginFailed) as caught:
            ask(self.service("teapot"))
        assert caught.value.type == "WebServiceException"
        assert caught.value.messages == ["short", "stout"]
        assert caught.value.code == 418

    def test_neither_list_nor_map(self, ask):
        with pytest.raises(PluginFailed, match="must return a list or a map, not str"):
            ask(self.service("text"))

    @pytest.mark.parametrize("name", ["nothing", "poll", "_inform", "setConfig"])
    def test_none_of_that_name(self, ask, name):
        with pytest.raises(PluginFailed, match="no web service") as caught:
            ask(self.service(name))
        assert caught.value.code == 404


class TestObjects:
    def test_one_object_for_one_revision(self, do):
        first, second, third = do("tell"), do("tell"), do("tell", revision=1)
        assert first["object"] == second["object"] != third["object"]
        assert third["calls"] == ["configure"]

    def test_configure_is_called_once(self, ask, do):
        ask(invoke("configure"))
        assert do("tell")["calls"] == ["configure"]
        ask(invoke("configure"))
        assert do("tell")["calls"] == ["configure", "configure"]

    def test_a_refused_configuration(self, ask, do):
        for _ in range(2):
            with pytest.raises(PluginFailed) as caught:
                ask(invoke("beforeStart", refuse=True))
            assert caught.value.type == "InvalidPluginConfigurationException"
            assert caught.value.errors == ["first", "second"]
        assert do("tell")["calls"] == ["configure"]

    def test_it_learns_its_state(self, ask):
        request = invoke("poll", do="tell")
        assert ask(request)["state"] == "STARTED"
        request["plugin"]["state"] = "PAUSED"
        request["plugin"]["config"]["number"] = "9"
        told = ask(request)
        assert (told["state"], told["number"]) == ("PAUSED", 9)
        assert told["calls"] == ["configure"]

    def test_a_plugin_returns_to_its_process(self, hosts, site, do):
        homes = {}
        with ThreadPoolExecutor(3) as threads:
            barrier = threading.Barrier(3)

            def begin(id):
                barrier.wait()
                homes[id] = do("tell", id)["process"]

            list(threads.map(begin, ["a", "b", "c"]))
        for id in ["c", "a", "b", "b", "a", "c"]:
            assert do("tell", id)["process"] == homes[id]


class TestFailures:
    def test_an_exception(self, do):
        with pytest.raises(PluginFailed) as caught:
            do("fail")
        assert caught.value.type == "KeyError"
        assert caught.value.sentence == "KeyError: 'what'"
        assert "sample_plugin.py" in caught.value.traceback
        assert do("tell")["calls"] == ["configure"]

    @pytest.mark.parametrize("what", ["recurse", "leave_politely"])
    def test_the_process_survives(self, do, what):
        process = do("tell")["process"]
        with pytest.raises(PluginFailed):
            do(what)
        assert do("tell")["process"] == process

    def test_interrupts_are_ignored(self, do):
        assert do("interrupt") == "still here"

    @pytest.mark.parametrize("what", ["hang", "spin"])
    def test_no_answer_in_time(self, do, what):
        process = do("tell")["process"]
        begun = time.monotonic()
        with pytest.raises(PluginTimeout, match=r"within 0.5 seconds"):
            do(what, seconds=0.5)
        assert time.monotonic() - begun < 3
        assert not is_running(process)
        assert do("tell")["process"] != process

    def test_exit(self, do):
        with pytest.raises(PluginDied, match="exit status 3") as caught:
            do("leave")
        assert caught.value.status == 3

    def test_killed(self, do):
        with pytest.raises(PluginDied, match="was killed"):
            do("killed")

    def test_memory_is_limited(self, do):
        settings = HostSettings(memory=GIB)
        process = do("tell", settings=settings)["process"]
        with pytest.raises(PluginFailed, match="more memory") as caught:
            do("eat", settings=settings)
        assert caught.value.type == "MemoryError"
        assert not is_running(process)
        assert do("tell", settings=settings)["process"] != process

    def test_output_goes_elsewhere(self, do):
        # The server's own; here nobody is to read 100 MB.
        kept = os.dup(2)
        with open(os.devnull, "w") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        try:
            assert do("chatter") == ""
        finally:
            os.dup2(kept, 2)
            os.close(kept)

    def test_a_result_that_is_too_long(self, do):
        with pytest.raises(PluginFailed, match="can't be sent.*bytes"):
            do("big")
        assert do("tell")

    def test_what_is_no_message(self, do):
        with pytest.raises(PluginDied, match="sent what is no message"):
            do("babble")
        assert do("tell")

    def test_a_request_that_is_no_json(self, ask):
        with pytest.raises(HostError, match="no JSON value"):
            ask(invoke("jobCancel", arguments=[object()]))

    def test_code_that_does_not_load(self, ask, tmp_path):
        broken = tmp_path / "broken.py"
        broken.write_text("def (")
        with pytest.raises(PluginFailed, match=r"broken\.py does not compile"):
            ask({"op": "describe"}, source=Source("module", str(broken)))

    def test_code_that_ends_the_process(self, ask, tmp_path):
        broken = tmp_path / "broken.py"
        broken.write_text("import os\nos._exit(7)")
        with pytest.raises(PluginDied, match="exit status 7"):
            ask({"op": "describe"}, source=Source("module", str(broken)))

    def test_an_interpreter_that_does_not_start(self, do, monkeypatch):
        monkeypatch.setattr(sys, "executable", "/no/python")
        with pytest.raises(PluginDied, match="could not be started"):
            do("tell")


class TestFamily:
    def test_children_are_gone_with_it(self, do, tmp_path):
        file = tmp_path / "pids"
        with pytest.raises(PluginTimeout):
            do("breed", file=str(file), seconds=3)
        pids = [int(pid) for pid in file.read_text().split()]
        assert len(pids) == 4
        assert eventually(lambda: not any(map(is_running, pids)))

    def test_a_forked_process_has_no_voice(self, do, site):
        assert do("forked_voice") == "parent"
        assert [arguments for *_, arguments in site.calls] == [["own"]]

    def test_children_get_no_connection(self, do):
        assert do("descriptors") == []

    def test_nothing_is_left_of_a_pool(self, site):
        pool = Hosts()
        process = pool.ask(SAMPLE, SETTINGS, invoke("poll", do="tell"), site, 20)
        del pool
        gc.collect()
        assert eventually(lambda: not is_running(process["process"]))

    @pytest.mark.parametrize("end", ["pass", "os.kill(os.getpid(), 9)"])
    def test_nothing_is_left_of_a_server(self, end):
        program = f"""
            import os
            from tests.plugin_control.test_hosts import *
            pool = Hosts()
            told = pool.ask(SAMPLE, SETTINGS, invoke("poll", do="tell"), Site(), 20)
            print(told["process"], flush=True)
            {end}
        """
        run = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(program)],
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert run.stdout.strip(), run.stderr
        assert eventually(lambda: not is_running(int(run.stdout)))

    def test_it_outlives_the_thread_that_wanted_it(self, do):
        told = []
        thread = threading.Thread(target=lambda: told.append(do("tell")))
        thread.start()
        thread.join()
        threading.Event().wait(0.1)
        assert do("tell")["process"] == told[0]["process"]

    def test_a_forked_server_has_its_own(self, hosts, site, do):
        process = do("tell")["process"]
        pid = os.fork()
        if pid == 0:
            status = 1
            with contextlib.suppress(BaseException):
                told = hosts.ask(SAMPLE, SETTINGS, invoke("poll", do="tell"), site, 20)
                hosts.close()
                status = 0 if told["process"] != process else 2
            os._exit(status)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
        assert do("tell")["process"] == process


class TestServices:
    def test_a_plugin_that_stops_itself(self, do, site):
        # Its beforeStop is called on the very object that waits.
        assert do("stop_itself") == ["configure", "beforeStop"]
        assert site.calls == [("p1", "pluginControlService.stop", ["p1"])]

    def test_what_a_service_raises(self, do):
        assert do("call_refused") == ["it runs on"]

    def test_a_broken_service(self, do, caplog):
        with pytest.raises(PluginFailed, match="service failed") as caught:
            do("call_broken")
        assert caught.value.type == "PluginException"
        assert "secret" not in f"{caught.value.messages}{caught.value.traceback}"
        assert "ZeroDivisionError" in caplog.text

    def test_their_time_counts(self, do):
        with pytest.raises(PluginTimeout):
            do("call_slowly", seconds=0.3)

    def test_threads_of_a_plugin(self, do):
        assert do("threads") == list(range(20))

    def test_calls_at_other_times(self, do, tmp_path):
        file = tmp_path / "said"
        do("later", file=str(file))
        assert eventually(lambda: file.exists() and file.read_text())
        assert "can only be called while MWS calls" in file.read_text()
        assert do("tell")

    def test_a_nested_request_that_hangs(self, hosts, do):
        class Hanging(Site):
            def call(self, plugin, service, method, arguments, ask):
                with contextlib.suppress(Exception):
                    ask(invoke("poll", plugin, do="hang"))
                return None

        with pytest.raises(PluginTimeout):
            request = invoke("poll", do="stop_itself")
            hosts.ask(SAMPLE, SETTINGS, request, Hanging(), 1)

    def test_many_reports(self, do, site):
        do("save_many")
        ((plugin, called, arguments),) = site.calls
        assert (plugin, called) == ("p1", "nodeRMService.save")
        assert len(arguments[0]) == 10_000
        assert arguments[0][1]["resources"] == {"processors": {"total": 4}}

    def test_the_log(self, hosts, site):
        logger = logging.getLogger("plugins.deep")
        logger.setLevel(1)
        try:
            hosts.ask(SAMPLE, SETTINGS, invoke("poll", do="write"), site, 20)
        finally:
            logger.setLevel(logging.NOTSET)
        told = [(r["level"], r["message"]) for r in site.records]
        assert told == [
            ("TRACE", "very quiet"),
            ("INFO", "hello p1"),
            ("FATAL", "worse"),
            ("WARN", "of a library"),
            ("INFO", "%d ('no number',)"),
        ]
        assert site.records[0]["name"].startswith("plugins.")
        assert site.records[0]["name"].endswith(".SamplePlugin")
        assert "ValueError: inner" in site.records[2]["traceback"]
        assert {r["plugin"] for r in site.records} == {"p1"}

    def test_the_log_is_not_told_what_it_would_not_keep(self, do, site):
        logging.getLogger("plugins").setLevel(logging.ERROR)
        try:
            do("write")
        finally:
            logging.getLogger("plugins").setLevel(logging.NOTSET)
        assert [r["level"] for r in site.records] == ["FATAL", "WARN"]


class TestPool:
    def test_no_secrets_in_the_environment(self, do, monkeypatch):
        for name in ("AWS_SECRET_ACCESS_KEY", "DATABASE_URL", "MWSVM_DATABASE", "X"):
            monkeypatch.setenv(name, "secret")
        monkeypatch.setenv("https_proxy", "http://proxy:3128")
        monkeypatch.setenv("LC_ALL", "C.UTF-8")
        environment = do("environment")
        assert "secret" not in environment.values()
        assert environment["https_proxy"] == "http://proxy:3128"
        assert environment["LC_ALL"] == "C.UTF-8"
        assert {"PATH", "PYTHONPATH"} <= environment.keys()

    def test_processes_are_shared(self, do):
        assert do("tell", "a")["process"] == do("tell", "b")["process"]

    def test_other_settings_are_another_process(self, do):
        other = HostSettings(suite="HPC")
        assert do("tell")["process"] != do("tell", settings=other)["process"]

    def test_idle_processes_end(self, hosts, do, clock):
        process = do("tell")["process"]
        clock.now += 299
        hosts.tidy()
        assert is_running(process)
        clock.now += 2
        hosts.tidy()
        assert not is_running(process)
        assert do("tell")["process"] != process

    def test_idle_ones_give_way(self, site):
        with contextlib.closing(Hosts(limit=1)) as one:
            request = invoke("poll", do="tell")
            first = one.ask(SAMPLE, SETTINGS, request, site, 20)["process"]
            other = one.ask(SAMPLE, HostSettings(), request, site, 20)["process"]
            assert first != other
            assert not is_running(first)

    def test_waiting_for_a_process(self, site):
        with contextlib.closing(Hosts(limit=1)) as one, ThreadPoolExecutor(1) as thread:
            one.ask(SAMPLE, SETTINGS, invoke("beforeStart"), site, 20)
            began = threading.Event()

            class Slow(Site):
                def call(self, *arguments):
                    began.set()
                    threading.Event().wait(1)

            request = invoke("poll", "slow", do="call_slowly")
            busy = thread.submit(one.ask, SAMPLE, SETTINGS, request, Slow(), 20)
            assert began.wait(10)
            with pytest.raises(PluginTimeout, match="No process for plug-ins was free"):
                one.ask(SAMPLE, SETTINGS, invoke("beforeStart"), site, 0.2)
            one.ask(SAMPLE, SETTINGS, invoke("beforeStart"), site, 20)
            busy.result()

    def test_many_threads(self, hosts, site):
        def one(number):
            id = f"p{number % 7}"
            request = invoke("poll", id, do="tell")
            return hosts.ask(SAMPLE, SETTINGS, request, site, 30)["process"]

        with ThreadPoolExecutor(16) as threads:
            processes = list(threads.map(one, range(400)))
        assert 1 <= len(set(processes)) <= 4

    def test_a_process_that_died_while_idle(self, do):
        process = do("tell")["process"]
        os.kill(process, signal.SIGKILL)
        with pytest.raises(PluginDied):
            do("tell")
        assert do("tell")["process"] != process

    def test_a_closed_pool(self, hosts, do):
        process = do("tell")["process"]
        hosts.close()
        assert not is_running(process)
        with pytest.raises(RuntimeError, match="closed"):
            do("tell")

    def test_closing_ends_what_is_at_work(self, hosts, do):
        with ThreadPoolExecutor(1) as thread:
            do("tell")
            busy = thread.submit(do, "hang")
            threading.Event().wait(0.2)
            hosts.close()
            with pytest.raises(PluginDied):
                busy.result(10)
