"""The embedded EC2, asked with boto3 as the add-on asks it."""

from botocore.config import Config
from botocore.exceptions import ClientError
from collective.mwsvm.cloud import emulator
from collective.mwsvm.cloud import instances
from collective.mwsvm.cloud.emulator import EmbeddedCloud
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
import boto3
import json
import os
import pytest
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request


KEY = "AKIAEMBEDDEDCLOUD000"
SECRET = "not-to-be-seen-anywhere"
SLEEP = "#!/bin/sh\necho $$ > pid\nexec sleep 60\n"
CONFIG = Config(retries={"mode": "standard", "max_attempts": 1})
SESSION = boto3.session.Session()

SERVER = """
import sys
from collective.mwsvm.cloud.emulator import EmbeddedCloud
from pathlib import Path

cloud = EmbeddedCloud(Path(sys.argv[1]), sys.argv[2], log=lambda line: None)
cloud.start()
print(cloud.url, flush=True)
cloud.serve_forever()
"""


def eventually(condition, seconds=10.0):
    """What the condition gives once it is true; fails after some seconds."""
    deadline = time.monotonic() + seconds
    while not (result := condition()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)
    return result


def alive(pid):
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


def client(url, key=KEY, region="eu-central-1"):
    return SESSION.client(
        "ec2",
        region_name=region,
        endpoint_url=url,
        aws_access_key_id=key,
        aws_secret_access_key=SECRET,
        config=CONFIG,
    )


def run(ec2, script="", **options):
    """Launches one instance: its id."""
    options.setdefault("InstanceType", "t3.micro")
    options.setdefault("ImageId", EmbeddedCloud.image_id)
    found = ec2.run_instances(MinCount=1, MaxCount=1, UserData=script, **options)
    return found["Instances"][0]["InstanceId"]


def state(ec2, name):
    found = ec2.describe_instances(InstanceIds=[name])
    return found["Reservations"][0]["Instances"][0]["State"]["Name"]


def terminate(ec2, *names):
    ec2.terminate_instances(InstanceIds=list(names))


@pytest.fixture(scope="module")
def log():
    return []


@pytest.fixture(scope="module")
def cloud(tmp_path_factory, log):
    """A running cloud that the tests of this module share."""
    result = EmbeddedCloud(
        tmp_path_factory.mktemp("cloud"), KEY, SECRET, log=log.append
    )
    result.start()
    yield result
    result.stop()


@pytest.fixture(scope="module")
def ec2(cloud):
    return client(cloud.url)


@pytest.fixture
def other(tmp_path):
    """A second cloud of the same process, not started yet."""
    result = EmbeddedCloud(tmp_path / "other", KEY, log=lambda line: None)
    yield result
    result.stop()


@pytest.fixture
def server(tmp_path):
    """A cloud in a process of its own: the process and its URL."""
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(tmp_path / "cloud"), KEY],
        stdout=subprocess.PIPE,
        text=True,
    )
    yield process, process.stdout.readline().strip()
    process.kill()
    process.wait()
    process.stdout.close()


def console(cloud, name):
    try:
        return (cloud.directory / name / "console.log").read_text()
    except FileNotFoundError:
        return ""


def written(directory, name, file="pid", count=1):
    """The pids that the user data has written."""

    def read():
        try:
            words = (directory / name / file).read_text().split()
        except FileNotFoundError:
            return []
        return [int(word) for word in words] if len(words) >= count else []

    return eventually(read)


# What an instance executes


def test_user_data_runs_and_its_output_is_the_console(cloud, ec2):
    name = run(ec2, "#!/bin/sh\necho out\necho err >&2\nread line || pwd\nsleep 60\n")
    home = cloud.directory / name
    eventually(lambda: console(cloud, name) == f"out\nerr\n{home}\n")
    assert state(ec2, name) == "running"
    assert ec2.get_console_output(InstanceId=name)["Output"] == console(cloud, name)
    assert home.stat().st_mode & 0o777 == 0o700
    assert (home / "user-data").stat().st_mode & 0o777 == 0o700
    terminate(ec2, name)


def test_environment_holds_nothing_of_ours(cloud, ec2, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("PATH", f"/nonexistent:{os.environ['PATH']}")
    script = f"#!{sys.executable}\nimport json, os\nprint(json.dumps({{**os.environ}}))"
    name = run(ec2, script)
    eventually(lambda: console(cloud, name).endswith("}\n"))
    found = json.loads(console(cloud, name))
    found.pop("LC_CTYPE", None)  # Python's own
    home = cloud.directory / name
    assert found == {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LANG": os.environ.get("LANG", "C.UTF-8"),
        "TMPDIR": str(home / "tmp"),
        "MWSVM_HALT": "",
    }
    assert (home / "tmp").is_dir()


def test_python_is_found_where_the_path_has_none(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    path = instances.environment(tmp_path)["PATH"]
    assert path == f"{tmp_path}:{os.path.dirname(sys.executable)}"


def test_user_data_that_is_no_script_just_runs(cloud, ec2):
    names = [run(ec2, "#cloud-config\n"), run(ec2)]
    eventually(lambda: all((cloud.directory / n / "user-data").exists() for n in names))
    assert [state(ec2, name) for name in names] == ["running", "running"]
    terminate(ec2, *names)
    assert [state(ec2, name) for name in names] == ["terminated", "terminated"]


@pytest.mark.parametrize(
    "script", ["#!/no/such/interpreter\n", "#!/bin/sh\r\nexit\r\n"]
)
def test_failure_to_execute_is_on_the_console(cloud, ec2, script):
    name = run(ec2, script, InstanceInitiatedShutdownBehavior="terminate")
    eventually(lambda: state(ec2, name) == "terminated")
    assert "can't be executed" in console(cloud, name)


# The end of an instance


def test_terminate_ends_all_processes(cloud, ec2):
    script = (
        "#!/bin/sh\n"
        "sh -c 'echo $$ >> pid; sh -c \"echo \\$\\$ >> pid; sleep 60\"' &\n"
        "setsid sh -c 'echo $$ >> pid; exec sleep 60' &\n"
        "echo $$ >> pid; wait\n"
    )
    name = run(ec2, script)
    pids = written(cloud.directory, name, count=4)
    assert all(alive(pid) for pid in pids)
    terminate(ec2, name)
    assert state(ec2, name) == "terminated"
    eventually(lambda: not any(alive(pid) for pid in pids))


def test_suspended_processes_end_too(cloud, ec2):
    name = run(
        ec2, "#!/bin/sh\ntrap 'echo bye; exit' TERM\necho $$ > pid\nkill -STOP $$"
    )
    (pid,) = written(cloud.directory, name)
    terminate(ec2, name)
    eventually(lambda: not alive(pid), seconds=instances.GRACE - 1)
    assert console(cloud, name) == "bye\n"


def test_who_ignores_sigterm_is_killed_without_delaying_the_request(
    cloud, ec2, monkeypatch
):
    monkeypatch.setattr(instances, "GRACE", 1.0)
    script = "#!/bin/sh\ntrap '' TERM\nsh -c 'echo $$ >> pid; sleep 60' &\n"
    name = run(ec2, f"{script}echo $$ >> pid\nwhile :; do sleep 60; done")
    pids = written(cloud.directory, name, count=2)
    before = time.monotonic()
    terminate(ec2, name)
    assert time.monotonic() - before < 0.9
    assert all(alive(pid) for pid in pids)
    eventually(lambda: not any(alive(pid) for pid in pids))


@pytest.mark.parametrize(
    ("options", "outcome"),
    [
        ({"InstanceInitiatedShutdownBehavior": "terminate"}, "terminated"),
        ({}, "stopped"),
    ],
)
def test_instance_ends_with_its_process(cloud, ec2, log, options, outcome):
    name = run(ec2, "#!/bin/sh\nsleep 60 &\necho $! > pid\nexit 3\n", **options)
    eventually(lambda: state(ec2, name) == outcome)
    found = ec2.describe_instances(InstanceIds=[name])["Reservations"][0]["Instances"][
        0
    ]
    assert found["StateReason"]["Code"] == "Client.InstanceInitiatedShutdown"
    assert not any(alive(pid) for pid in written(cloud.directory, name))
    eventually(lambda: f"{name} ended: with code 3, {outcome}" in log)


def test_stop_and_start(cloud, ec2):
    name = run(ec2, "#!/bin/sh\necho $$ >> pid\nexec sleep 60\n")
    (first,) = written(cloud.directory, name)
    ec2.stop_instances(InstanceIds=[name])
    assert state(ec2, name) == "stopped"
    ec2.start_instances(InstanceIds=[name])  # waits for the end of the first
    assert state(ec2, name) == "running"
    _, second = written(cloud.directory, name, count=2)
    assert not alive(first)
    assert alive(second)
    ec2.start_instances(InstanceIds=[name])
    assert alive(second)
    terminate(ec2, name)
    eventually(lambda: not alive(second))


def test_reboot_restarts_the_process(cloud, ec2):
    name = run(ec2, "#!/bin/sh\necho $$ >> pid\nexec sleep 60\n")
    (first,) = written(cloud.directory, name)
    ec2.reboot_instances(InstanceIds=[name])
    _, second = written(cloud.directory, name, count=2)
    assert not alive(first)
    assert alive(second)
    assert state(ec2, name) == "running"
    terminate(ec2, name)
    ec2.reboot_instances(InstanceIds=[name])
    assert state(ec2, name) == "terminated"


def test_terminated_is_for_good(ec2):
    name = run(ec2)
    terminate(ec2, name)
    terminate(ec2, name)
    for method in (ec2.start_instances, ec2.stop_instances):
        with pytest.raises(ClientError, match="IncorrectInstanceState"):
            method(InstanceIds=[name])
    assert state(ec2, name) == "terminated"


# Launches


def test_client_token_launches_once(cloud, ec2):
    script = "#!/bin/sh\necho $$ >> pid\nexec sleep 60\n"
    with ThreadPoolExecutor(4) as pool:
        names = set(pool.map(lambda _: run(ec2, script, ClientToken="once"), range(4)))
    assert len(names) == 1
    (name,) = names
    assert len(written(cloud.directory, name)) == 1
    ec2.describe_instances()
    assert len(written(cloud.directory, name)) == 1
    with pytest.raises(ClientError, match="IdempotentParameterMismatch"):
        run(ec2, ClientToken="once")
    terminate(ec2, name)
    assert run(ec2, script, ClientToken="once") == name
    assert run(client(cloud.url, region="us-east-1"), ClientToken="once") != name


def test_tags_of_the_launch_can_be_filtered(ec2):
    tags = [{"Key": "mwsvm:vm", "Value": "one"}]
    specification = {"ResourceType": "instance", "Tags": tags}
    name = run(ec2, TagSpecifications=[specification])
    run(ec2)
    found = ec2.describe_instances(
        Filters=[{"Name": "tag:mwsvm:vm", "Values": ["one"]}]
    )
    ids = [i["InstanceId"] for r in found["Reservations"] for i in r["Instances"]]
    assert ids == [name]


def test_many_instances_at_once(cloud, ec2):
    with ThreadPoolExecutor(20) as pool:
        names = list(pool.map(lambda _: run(ec2, SLEEP), range(20)))
    pids = [written(cloud.directory, name)[0] for name in names]
    assert len(set(pids)) == 20
    assert all(alive(pid) for pid in pids)
    terminate(ec2, *names)
    eventually(lambda: not any(alive(pid) for pid in pids))


def test_regions_are_separate(cloud, ec2):
    american = client(cloud.url, region="us-east-1")
    name = run(ec2)
    with pytest.raises(ClientError, match=r"InvalidInstanceID\.NotFound"):
        state(american, name)
    for region in (ec2, american):
        images = region.describe_images()["Images"]
        assert [image["ImageId"] for image in images] == [cloud.image_id]


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"ImageId": "ami-0123456789abcdef0"}, "InvalidAMIID.NotFound"),
        ({"ImageId": "nonsense"}, "InvalidAMIID.Malformed"),
        ({"InstanceType": "t3.enormous"}, "InvalidParameterValue"),
        ({"script": "#" * 16385}, "InvalidParameterValue"),
    ],
)
def test_launches_that_aws_refuses(cloud, ec2, options, code):
    with pytest.raises(ClientError) as caught:
        run(ec2, **options)
    assert caught.value.response["Error"]["Code"] == code


def test_image_id_is_of_the_right_form():
    assert re.fullmatch("ami-[0-9a-f]{17}", EmbeddedCloud.image_id)


# Who is let in


def test_wrong_access_key(cloud):
    with pytest.raises(ClientError) as caught:
        client(cloud.url, key=KEY[:-1] + "1").describe_instances()
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 401
    assert caught.value.response["Error"] == {
        "Code": "AuthFailure",
        "Message": "AWS was not able to validate the provided access credentials",
    }


@pytest.mark.parametrize("path", ["/", "/moto-api/", "/moto-api/data.json"])
def test_no_access_key(cloud, path):
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(cloud.url + path)
    assert caught.value.code == 401


def test_only_ec2_is_served(cloud):
    options = {"aws_access_key_id": KEY, "aws_secret_access_key": SECRET}
    iam = SESSION.client(
        "iam", endpoint_url=cloud.url, region_name="us-east-1", **options
    )
    with pytest.raises(ClientError, match="UnsupportedOperation"):
        iam.list_users()


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::"])
def test_other_hosts_than_loopback_are_refused(tmp_path, host):
    with pytest.raises(ValueError, match="loopback"):
        EmbeddedCloud(tmp_path, KEY, host=host)


@pytest.mark.parametrize("key", ["", "a/b", "a b", "a,b"])
def test_impossible_access_keys_are_refused(tmp_path, key):
    with pytest.raises(ValueError, match="access key"):
        EmbeddedCloud(tmp_path, key)


def test_log_holds_neither_keys_nor_user_data(cloud, ec2, log):
    name = run(ec2, "#!/bin/sh\n: confidential\n")
    eventually(lambda: any(name in line and "ended" in line for line in log))
    text = "\n".join(log)
    assert f"{name} started in eu-central-1" in log
    assert not any(secret in text for secret in (KEY, SECRET, "confidential"))


# Up and down


def test_stop_ends_everything(other):
    other.start()
    ec2 = client(other.url)
    names = [run(ec2, SLEEP) for _ in range(3)]
    pids = [written(other.directory, name)[0] for name in names]
    other.stop()
    assert not any(alive(pid) for pid in pids)
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", int(other.url.rpartition(":")[2])))
    other.stop()
    other.start()
    other.start()
    assert client(other.url).describe_instances()["Reservations"] == []


def test_clouds_of_one_process_are_separate(ec2, other):
    name = run(ec2)
    other.start()
    with pytest.raises(ClientError, match=r"InvalidInstanceID\.NotFound"):
        state(client(other.url), name)


def test_other_users_of_moto_do_no_harm(cloud, ec2):
    moto = pytest.importorskip("moto")
    name = run(ec2, SLEEP)
    (pid,) = written(cloud.directory, name)
    with moto.mock_aws():
        pass
    assert state(ec2, name) == "running"
    assert alive(pid)
    terminate(ec2, name)


def test_a_directory_has_one_cloud(cloud):
    with pytest.raises(RuntimeError, match="Another"):
        EmbeddedCloud(cloud.directory, KEY).start()


def test_port_that_is_taken(cloud, other):
    port = int(cloud.url.rpartition(":")[2])
    with pytest.raises(OSError):
        EmbeddedCloud(other.directory, KEY, port=port).start()
    other.start()  # the directory is free again


def test_regions_can_be_limited(tmp_path):
    cloud = EmbeddedCloud(tmp_path, KEY, regions=["eu-west-1"], log=lambda line: None)
    cloud.start()
    try:
        regions = client(cloud.url, region="eu-west-1").describe_regions()["Regions"]
        assert [region["RegionName"] for region in regions] == ["eu-west-1"]
        with pytest.raises(ClientError, match="InvalidRegion"):
            client(cloud.url).describe_regions()
    finally:
        cloud.stop()
    with pytest.raises(ValueError, match="atlantis-1"):
        EmbeddedCloud(tmp_path, KEY, regions=["atlantis-1"]).start()


def test_without_moto_the_extra_is_named(other, monkeypatch):
    monkeypatch.delitem(sys.modules, "collective.mwsvm.cloud.moto_account", False)
    monkeypatch.setitem(sys.modules, "moto.server", None)
    with pytest.raises(ImportError, match=r"collective\.mwsvm\[cloud\]"):
        other.start()


def test_serve_forever_ends_with_stop(other):
    thread = threading.Thread(target=other.serve_forever)
    thread.start()
    eventually(lambda: other.url)
    other.stop()
    thread.join(5)
    assert not thread.is_alive()


def test_sigterm_ends_the_instances(server, tmp_path):
    process, url = server
    name = run(client(url), SLEEP)
    (pid,) = written(tmp_path / "cloud", name)
    process.send_signal(signal.SIGTERM)
    assert process.wait(6) == 0
    assert not alive(pid)


def test_start_ends_what_a_killed_run_left(server, tmp_path):
    process, url = server
    ec2 = client(url)
    detached = "#!/bin/sh\nsetsid sh -c 'echo $$ > pid; exec sleep 60' &\nwait\n"
    names = [run(ec2, script) for script in (SLEEP, SLEEP, detached)]
    pids = [written(tmp_path / "cloud", name)[0] for name in names]
    process.kill()
    process.wait()
    assert all(alive(pid) for pid in pids)
    with subprocess.Popen(["sleep", "60"]) as foreign:
        record = tmp_path / "cloud" / names[0] / "machine.pid"
        _, started = record.read_text().split()
        forged = tmp_path / "cloud" / "i-0123456789abcdef0"
        forged.mkdir()
        (forged / "machine.pid").write_text(f"{foreign.pid} {started}\n")
        lines = []
        cloud = EmbeddedCloud(tmp_path / "cloud", KEY, log=lines.append)
        cloud.start()
        try:
            assert not any(alive(pid) for pid in pids)
            assert alive(foreign.pid)
            assert client(cloud.url).describe_instances()["Reservations"] == []
            assert lines == ["4 processes of an earlier run ended"]
            assert not record.exists()
        finally:
            cloud.stop()
            foreign.kill()


def test_loopback_by_name_and_version():
    assert emulator.loopback("127.0.0.1") == "127.0.0.1"
    assert emulator.loopback("localhost") in ("127.0.0.1", "::1")
