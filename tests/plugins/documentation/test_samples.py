"""Guide 6.1 and 6.2: its samples of code, as the pages show them, are run."""

from collective.mwsvm.plugins import InvalidPluginConfigurationException
from collective.mwsvm.plugins import InvalidPluginTypeException
from collective.mwsvm.plugins import NodeReportState
from collective.mwsvm.plugins import PluginState
from collective.mwsvm.plugins import WebServiceException
from collective.mwsvm.plugins.versions import check_versions
from collective.mwsvm.plugins.web_services import EVENTS
from http.server import BaseHTTPRequestHandler
from http.server import HTTPServer
from pathlib import Path
from tests.plugins.documentation.conftest import SAMPLES
import ast
import contextlib
import pytest
import re
import socketserver
import ssl
import subprocess
import threading


PAGES = Path(__file__).parents[3] / "docs"


def logged(tester):
    return [(record.level, record.message) for record in tester.log]


# -- 6.1.4, 6.2.1: web services, requirements


def test_a_custom_web_service(samples):
    tester = samples("notified")
    answer = tester.create("Notified").service("vm-provision-finished", {"vm": "vm1"})
    assert answer == {"messages": ["Event successfully processed"]}
    assert logged(tester) == [("INFO", "vm1 is there")]


@pytest.mark.parametrize("name", ["basic", "basic_extended"])
def test_a_basic_plugin_can_be_uploaded_and_does_nothing(samples, name):
    tester = samples(name)
    plugin = tester.create("Basic", id="basic1")
    assert plugin.instance.id == "basic1"
    assert tester.describe("Basic")["pollMethod"] is False
    assert tester.describe("Basic")["webServices"] == []


# -- 6.2.3, 6.2.4: logging, messages


def test_logging(samples):
    tester = samples("logging")
    tester.create("Logging").poll()
    levels = [record.level for record in tester.log]
    assert levels == ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"]
    assert {record.name for record in tester.log} == {"plugins.example.LoggingPlugin"}


def test_messages(samples):
    samples("messaging").create("Messaging").poll()


# -- 6.2.5: configuration


def test_configuration(samples):
    tester = samples("configured")
    for config, missing in (({}, "username"), ({"username": "u"}, "password")):
        expected = f"The {missing} configuration parameter must be provided"
        assert tester.check("Configured", config) == [expected]
    plugin = tester.create("Configured", config={"username": "u", "password": "p"})
    plugin.poll()
    assert logged(tester) == [("INFO", "polled as u")]


def test_the_configuration_of_mws(samples):
    config = {
        "mws": {"home": {"location": "/opt/mws"}},
        "plugins": {"custom": {"property": "This is my custom property"}},
    }
    samples("app_config", config).create("CustomAppProperty").poll()


# -- 6.2.6: constraints


def test_constraints(samples):
    tester = samples("constrained")
    plugin = tester.create("Constrained", config={"myParam": "x", "myEnum": "val3"})
    assert plugin.info["pollInterval"] == 60
    assert tester.check("Constrained", {"myEnum": "val4"}) == [
        "The 'myParam' configuration parameter is required and cannot be null",
        "The 'myEnum' configuration parameter value (val4) is not contained within the "
        "list [val1, val2, val3]",
    ]
    assert tester.check("Constrained", {"myParam": " "}) == [
        "The 'myParam' configuration parameter cannot be blank"
    ]


@pytest.mark.parametrize(
    ("user", "creator", "message"),
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
def test_custom_validators(samples, user, creator, message):
    tester = samples("validated")
    found = tester.check("Constrained", {"user": user, "creator": creator})
    assert found == ([message] if message else [])


def test_a_validator_that_uses_a_service(samples, certificates):
    tester = samples("certificate", certificates=certificates)
    assert tester.check("Certified", {"certificateFile": "server-cert.pem"}) == []
    (message,) = tester.check("Certified", {"certificateFile": "none.pem"})
    assert "'certificateFile'" in message


# -- 6.2.7: the datastore


def test_the_datastore(samples):
    tester = samples("datastore")
    plugin = tester.create("Datastore")
    assert plugin.service("storeData", {"collectionName": "mine"}) == {"success": True}
    assert plugin.service("retrieveData", {"collectionName": "mine"}) == [
        {"boolVal": True},
        {"stringVal": "String"},
        {"intVal": 1},
        {"nullVal": None},
    ]
    assert logged(tester) == [("INFO", "Data successfully added")]


# -- 6.2.8: web services


@pytest.fixture
def serving(samples):
    return samples("web_services").create("Serving")


def test_parameters(serving):
    given = {"key": "value", "key2": "true", "key3": "5", "list": ["1", "2"]}
    assert serving.service("service-method", given) == {"success": True}


def test_a_json_body(serving):
    body = {"key": "value", "key2": True, "key3": 5}
    answer = serving.service("body-method", method="POST", body=body)
    assert answer == {"success": True}


def test_an_unsecured_web_service(samples):
    tester = samples("web_services")
    services = tester.describe("Serving")["webServices"]
    assert [s["name"] for s in services if not s["secured"]] == ["retrievePublicData"]
    answer = tester.create("Serving").service("retrievePublicData")
    assert answer == {"data": ["data item 1", "data item 2"]}


def test_errors_of_web_services(serving):
    assert serving.service("service", {"a": 3}) == {"a": 3}
    with pytest.raises(WebServiceException) as caught:
        serving.service("service", {"a": "b"})
    assert caught.value.responseCode == 400
    assert caught.value.messages == [
        "Invalid parameter 'a' specified, please specify an integer!"
    ]
    with pytest.raises(ValueError, match="Message provided in the exception"):
        serving.service("failing")


def test_the_method_of_the_request(serving):
    assert serving.service("onlyGet") == []
    with pytest.raises(WebServiceException, match="Method is not supported") as caught:
        serving.service("onlyGet", method="POST")
    assert caught.value.responseCode == 405


# -- 6.2.9: reports


def test_reports(samples):
    plugin = samples("reporting").create("Reporting")
    plugin.poll()
    (node,) = plugin.nodes
    assert node.image == "centos-5.4-stateless"
    assert node.features == ["FEAT1", "FEAT2"]
    assert node.metrics == {"METRIC1": 4.0, "METRIC2": 125.5}
    assert (node.resources.RES1.total, node.resources.RES1.available) == (10, 3)
    assert (node.resources.RES2.total, node.resources.RES2.available) == (10, 10)
    assert node.state is NodeReportState.BUSY
    (job,) = plugin.jobs
    assert len(job.requirements) == 1
    assert job.requirements[0].nodeCount == 4
    assert job.requirements[0].features == ["FEAT1"]


# -- 6.2.10: the life cycle


def test_a_plugin_that_stops_itself(samples):
    tester = samples("error")
    plugin = tester.create("Error", id="err")
    plugin.poll()
    assert plugin.state is PluginState.STOPPED
    assert logged(tester) == [
        ("WARN", "An error was detected, trying to stop the plugin err"),
        ("WARN", "The plugin was successfully stopped"),
    ]


def test_a_plugin_that_creates_another(samples):
    tester = samples("controlling")
    plugin = tester.create("Controlling", id="first")
    plugin.poll()
    plugin.poll()
    assert tester.plugins["helper"].config == {"role": "helper"}
    assert tester.plugins["helper"].state is PluginState.STOPPED


# -- 6.2.11: resources


def test_reading_resources(samples):
    tester = samples("rest_nodes")
    plugin = tester.create("Rest")
    tester.rest.set("GET", "/rest/images", {"results": [{"name": "centos5"}]})
    plugin.poll()
    assert [request.hooks for request in tester.rest.requests] == [False, True]
    assert logged(tester) == [("DEBUG", "Images:"), ("DEBUG", "centos5")]


def test_changing_resources(samples):
    tester = samples("rest_change")
    tester.rest.set("PUT", "/rest/images/centos5", {"name": "centos5"})
    tester.create("Rest").poll()
    put = tester.rest.requests[0]
    assert (put.method, put.url, put.hooks) == ("PUT", "/rest/images/centos5", True)
    assert put.params == {"proxy-user": "adaptive"}
    assert put.data == {"features": ["RESTARTABLE"]}


def test_parameters_of_resources(samples):
    tester = samples("rest_query")
    tester.rest.set("GET", "/rest/images", {"totalCount": 3, "results": []})
    tester.create("Rest").poll()
    assert [request.params for request in tester.rest.requests] == [
        {"query": '{"hypervisor":true}'},
        {"sort": '{"osType":1}'},
    ]


# -- 6.2.12: events


def test_the_polling_event(samples):
    plugin = samples("polling").create("Polling")
    plugin.poll()
    assert [node.name for node in plugin.nodes] == ["node1"]
    assert [(machine.name, machine.host) for machine in plugin.machines] == [
        ("vm1", "node1")
    ]


def test_all_other_events(samples):
    tester = samples("events")
    plugin = tester.create("Events")
    # All that there are but poll.
    assert tester.describe("Events")["events"] == list(EVENTS[1:])
    for event in ("jobCancel", "jobRequeue", "jobResume", "jobSuspend"):
        assert plugin.event(event, ["job.1"]) is True
    for event in ("jobModify", "nodeModify"):
        assert plugin.event(event, ["a"], {"b": "c"}) is True
    for event in ("jobSubmit", "systemModify"):
        assert plugin.event(event, {"a": "b"}) is True
    assert plugin.event("jobStart", "job.1", "node1,node1", "adaptive") is True
    assert plugin.event("jobStart", "job.1", "node1", "adaptive", {"a": "b"}) is True
    assert plugin.event("nodePower", ["node1"], "ON") is True
    assert plugin.event("resourceCreate", "vm", "hv1:vm1", {}) is True
    assert plugin.event("systemQuery", ["a"]) == ["value of a"]
    assert plugin.event("virtualMachineMigrate", "vm1", "hv2", "op1") is True
    plugin.stop()


# -- 6.2.14: TLS


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """The certificates of a server, ``localhost``, and of a client with its key."""
    folder = tmp_path_factory.mktemp("ssl.crt")
    for name in ("server", "client"):
        command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-days", "2"]
        command += ["-nodes", "-subj", f"/CN={name}"]
        command += ["-addext", "subjectAltName=DNS:localhost"]
        command += ["-keyout", f"{name}.key", "-out", f"{name}-cert.pem"]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
    both = (folder / "client-cert.pem").read_text() + (
        folder / "client.key"
    ).read_text()
    (folder / "my-cert.pem").write_text(both)
    return folder


@contextlib.contextmanager
def served(server, certificates, verify=False):
    """The port of a server that speaks TLS while it is needed."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(
        certificates / "server-cert.pem", certificates / "server.key"
    )
    if verify:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(certificates / "client-cert.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Greeting(socketserver.StreamRequestHandler):
    def handle(self):
        subject = dict(part[0] for part in self.request.getpeercert()["subject"])
        self.wfile.write(self.rfile.readline() + subject["commonName"].encode())


class Page(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"the page " + self.path.encode())

    def log_message(self, *arguments):
        pass


def test_a_socket_with_a_client_certificate(samples, certificates):
    tester = samples("ssl_socket", certificates=certificates)
    server = socketserver.TCPServer(("localhost", 0), Greeting)
    with served(server, certificates, verify=True) as port:
        plugin = tester.create(
            "SSLConnection", config={"host": "localhost", "port": port}
        )
        plugin.poll()
    assert logged(tester)[0][1].startswith("hello")


def test_a_page_of_a_server_with_a_certificate_of_its_own(samples, certificates):
    tester = samples("ssl_https")
    with served(HTTPServer(("localhost", 0), Page), certificates) as port:
        config = {
            "url": f"https://localhost:{port}/test",
            "serverCert": str(certificates / "server-cert.pem"),
        }
        tester.create("SSLConnection", config=config).poll()
    assert logged(tester) == [("INFO", "the page /test")]


# -- 6.2.15: translators and components


def test_translators(samples):
    tester = samples("translators")
    tester.create("Example").poll()
    assert [(record.name, record.message) for record in tester.log] == [
        ("plugins.example.ExampleTranslator", "Starting my method"),
        ("plugins.example.ExamplePlugin", "The current number is 42"),
        ("plugins.example.ExampleTranslator", "Starting my method"),
        ("plugins.example.ExamplePlugin", "The other one is 43"),
    ]


def test_components(samples):
    tester = samples("components")
    tester.create("Custom").poll()
    assert [(record.name, record.message) for record in tester.log] == [
        ("plugins.example.ExampleComponent", "Starting my method")
    ]


# -- 6.2.16: projects


def test_a_project(samples):
    described = samples("project").describe("Sample")
    shown = {
        "title": "Sample plugin",
        "description": "This sample plugin is used to demonstrate metadata information",
        "author": "Separate Division",
        "website": "http://example.com",
        "email": "sample@example.com",
        "version": "0.2",
        "mwsVersion": "7.1 > *",
        "commonsVersion": "0.9 > *",
        "license": "APACHE",
        "issueManagementLink": "http://example.com/ticket-system/sample-plugins",
        "documentationLink": "http://example.com/docs/sample-plugins",
        "scmLink": "http://example.com/git/sample-plugins",
    }
    assert {name: described[name] for name in shown} == shown
    assert described["initialPlugins"] == {
        "sample": {
            "pluginType": "Sample",
            "pollInterval": 30,
            "autoStart": True,
            "precedence": 5,
            "config": {"configParam": "value"},
        },
        "sample2": {"pluginType": "Sample"},
    }


@pytest.mark.parametrize(
    ("versions", "fits", "not_"),
    [
        ("7.1 > *", ["7.1.0", "7.2", "8.0"], ["7.0.9"]),
        ("7.1.3 > *", ["7.1.3", "7.2"], ["7.1.2"]),
        ("7.1 > 7.1.3", ["7.1.0", "7.1.3"], ["7.0", "7.1.4"]),
        ("* > *", ["1.0", "99.9"], []),
        ("* > 7.2", ["1.0", "7.2"], ["7.3"]),
        ("0.9 > *", ["0.9.0", "1.0"], ["0.8"]),
        ("0.9.3 > *", ["0.9.3", "1.0"], ["0.9.2"]),
        ("0.9 > 0.9.3", ["0.9.0", "0.9.3"], ["0.9.4"]),
        ("* > 1.0", ["0.9", "1.0"], ["1.1"]),
    ],
)
def test_versions(versions, fits, not_):
    for field, key in (("mwsVersion", "mws"), ("commonsVersion", "commons")):
        metadata = {"mwsVersion": "* > *", "commonsVersion": "* > *", field: versions}
        for version in fits:
            check_versions(metadata, {key: version})
        for version in not_:
            with pytest.raises(InvalidPluginTypeException, match=field):
                check_versions(metadata, {key: version})


def test_initial_plugins_by_suite_and_configuration(samples):
    config = {"mws": {"home": {"location": "/opt/mws"}}}
    initial = samples("case_study", config).describe("File")["initialPlugins"]
    assert initial == {
        "cloud-file": {
            "pluginType": "File",
            "pollInterval": 30,
            "config": {"getCluster": "file:///opt/mws/etc/nodes.txt"},
        }
    }


def test_no_initial_plugins_for_another_suite(samples):
    config = {"mws": {"home": {"location": "/opt/mws"}}}
    assert samples("case_study", config, "HPC").describe("File")["initialPlugins"] == {}


# -- 6.2.17, 4.16.2: whole types


def test_the_sample_plugin(samples):
    tester = samples("sample")
    with pytest.raises(InvalidPluginConfigurationException, match="arbitraryKey"):
        tester.create("Sample")
    plugin = tester.create("Sample", config={"arbitraryKey": "x"})
    plugin.poll()
    (node,) = plugin.nodes
    assert node.name == "node1"
    assert (node.resources.RES1.total, node.resources.RES1.available) == (5, 5)
    assert node.state is NodeReportState.IDLE
    assert plugin.service("example-service") == {"success": True}


def test_the_uploaded_plugin(samples):
    tester = samples("upload")
    assert tester.check("Upload") == ["Missing arbitraryKey!"]
    plugin = tester.create("Upload", config={"arbitraryKey": "x"})
    assert plugin.service("custom-service", {"a": "b"})["a"] == "b"


# -- the samples and the pages


def names_in_this_module():
    tree = ast.parse(Path(__file__).read_text())
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def files():
    return sorted(
        path.relative_to(SAMPLES)
        for path in SAMPLES.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    )


def test_every_sample_is_run():
    names = names_in_this_module()
    assert [path for path in files() if path.parts[0].split(".")[0] not in names] == []


def test_every_sample_is_shown_on_a_page():
    shown = {
        name
        for page in PAGES.rglob("*.md")
        for name in re.findall(
            r'--8<-- "reference/plugin-samples/([^"]+)"', page.read_text()
        )
    }
    assert shown == {str(path) for path in files()}
