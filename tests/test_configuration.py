from collective.mwsvm.configuration import Configuration
from collective.mwsvm.models.errors import Misconfigured
from pathlib import Path
import pytest


GUIDE = """
mws.suite = "hpc"
mws.api.newerVersions = true
mws.hooks.location = "myhooks"
ldap.server  = "192.168.0.5"
ldap.port = 389
ldap.baseDNs = ["dc=acme,dc=com"]
ldap.bindUser = "cn=Manager,dc=acme,dc=com"
ldap.password = "secret"
ldap.directory.type = "OpenLDAP Using InetOrgPerson Schema"
ldap.group.objectClass = "groupOfUniqueNames"
events.log.file = "log/events.log"
events.log.rolling = "size"
events.log.maxFileSize = "50MB"
events.log.maxBackupIndex = 10
grails.mongo.username = "mws_user"
"""


def read(tmp_path, text):
    (tmp_path / "mws-config.toml").write_text(text)
    return Configuration.read(tmp_path)


def test_the_guides_settings_are_read(tmp_path):
    found = read(tmp_path, GUIDE)
    assert found.suite == "HPC"
    assert found.newer_versions is True
    assert found.hooks == tmp_path / "myhooks"
    assert found.ldap.base_dns == ("dc=acme,dc=com",)
    assert found.ldap.group_object_class == "groupOfUniqueNames"
    assert found.ldap.user_name_attribute == "uid"
    assert found.event_log == tmp_path / "log/events.log"
    assert found.rolling.max_size == 50 * 1024**2


def test_without_a_file_there_are_defaults(tmp_path):
    found = Configuration.read(tmp_path)
    assert found.suite == "Cloud"
    assert found.newer_versions is False
    assert found.ldap is None
    assert found.event_log is None
    assert found.hooks == tmp_path / "hooks"
    assert read(tmp_path, 'mws.hooks.location = "/etc/x"').hooks == Path("/etc/x")


@pytest.mark.parametrize(
    "text, message",
    [
        ("ldap.server = ", "mws-config.toml can't be read: Invalid value"),
        ('ldap.sever = "x"', "there is no setting ldap.sever; there are .*ldap.server"),
        ('mws.api.newerVersions = "yes"', "newerVersions must be true or false"),
        ('ldap.port = "389"', "ldap.port must be a whole number"),
        ("ldap.baseDNs = [1]", "ldap.baseDNs must be a list of texts"),
        ('ldap.server = "x"', "base_dns"),
        ('mws.suite = "BIG"', "mws.suite must be one of CLOUD, HPC"),
        ('events.log.rolling = "weekly"', "weekly"),
        ('events.log.maxFileSize = "much"', "much"),
    ],
)
def test_what_is_wrong_is_said(tmp_path, text, message):
    with pytest.raises(Misconfigured, match=message):
        read(tmp_path, text)


PLUGINS = """
mws.suite = "hpc"
mws.plugins.location = "my-plugins"
mws.certificates.location = "certs"
plugins.stateConsolidationPolicy = "OPTIMISTIC"
plugins.defaultHypervisorType = "ESX"
plugins.uploads = true
plugins.pollInterval = 45
plugins.autoStart = false
plugins.pollDeadline = 60
plugins.callDeadline = 10
plugins.memory = 0
plugins.processes = 4
plugins.unheardOf = "x"

[plugins.pluginType.Native]
pollInterval = 20
config.getCluster = "exec:///opt/cluster.pl"

[plugins.pluginType.VCenter]
autoStart = true
config.password = "secret"
config.url = "https://vcenter"
"""


def test_the_settings_of_plugins(tmp_path):
    found = read(tmp_path, PLUGINS).plugins
    assert found.folder == tmp_path / "my-plugins"
    assert found.certificates == tmp_path / "certs"
    assert found.suite == "HPC"
    assert found.uploads is True
    assert found.policy == "optimistic"
    assert found.hypervisor_type == "ESX"
    assert (found.poll_deadline, found.call_deadline) == (60, 10)
    assert (found.memory, found.hosts) == (0, 4)
    assert found.defaults == {"pollInterval": 45, "autoStart": False}
    assert found.type_defaults == {
        "Native": {
            "pollInterval": 20,
            "config": {"getCluster": "exec:///opt/cluster.pl"},
        },
        "VCenter": {
            "autoStart": True,
            "config": {"password": "secret", "url": "https://vcenter"},
        },
    }


def test_the_settings_of_plugins_without_a_file(tmp_path):
    found = Configuration.read(tmp_path).plugins
    assert found.folder == tmp_path / "plugins"
    assert found.certificates == tmp_path / "etc/ssl.crt"
    assert found.uploads is False
    assert found.policy is None
    assert found.defaults == found.type_defaults == {}
    text = 'plugins.stateConsolidationPolicy = "null"'
    assert read(tmp_path, text).plugins.policy is None


def test_plugins_see_the_configuration_without_secrets(tmp_path):
    text = GUIDE.replace('mws.suite = "hpc"\n', "") + PLUGINS
    found = read(tmp_path, text + 'config.clientSecret = "secret"\n').plugins.app_config
    assert found["mws"]["home"]["location"] == str(tmp_path)
    assert found["mws"]["suite"] == "hpc"
    assert found["mws"]["hooks"]["location"] == "myhooks"
    assert found["ldap"]["bindUser"] == "cn=Manager,dc=acme,dc=com"
    assert found["plugins"]["pluginType"]["VCenter"]["config"] == {
        "url": "https://vcenter"
    }
    assert '"secret"' not in str(found).replace("'", '"')


def test_plugins_see_where_things_are_though_nobody_says_so(tmp_path):
    assert Configuration.read(tmp_path).plugins.app_config["mws"] == {
        "home": {"location": str(tmp_path)},
        "suite": "CLOUD",
        "hooks": {"location": str(tmp_path / "hooks")},
        "certificates": {"location": str(tmp_path / "etc/ssl.crt")},
    }


@pytest.mark.parametrize(
    "text, message",
    [
        ('plugins.uploads = "yes"', "plugins.uploads must be true or false"),
        ("plugins.uploads = 1", "plugins.uploads must be true or false"),
        ("plugins.pollInterval = 0", "plugins.pollInterval must be 1 at least"),
        ("plugins.pollInterval = 1.5", "plugins.pollInterval must be a whole number"),
        ("plugins.pollInterval = true", "plugins.pollInterval must be a whole number"),
        ("plugins.autoStart = 1", "plugins.autoStart must be true or false"),
        ("plugins.pollDeadline = 0", "plugins.pollDeadline must be 1 at least"),
        ("plugins.callDeadline = -1", "plugins.callDeadline must be 1 at least"),
        ("plugins.memory = -1", "plugins.memory must be 0 at least"),
        ("plugins.processes = 0", "plugins.processes must be 1 at least"),
        (
            'plugins.stateConsolidationPolicy = "hopeful"',
            "must be one of optimistic, pessimistic, null",
        ),
        (
            'plugins.pluginType.Native.pollInterval = "often"',
            "plugins.pluginType.Native.pollInterval must be a whole number",
        ),
        (
            "plugins.pluginType.Native.pollInterval = 0",
            "plugins.pluginType.Native.pollInterval must be 1 at least",
        ),
        (
            "plugins.pluginType.Native.autoStart = 1",
            "plugins.pluginType.Native.autoStart must be true or false",
        ),
        ("mws.plugins.location = 5", "mws.plugins.location must be a text"),
        ("plugins.defaultHypervisorType = 5", "defaultHypervisorType must be a text"),
    ],
)
def test_what_is_wrong_with_plugins_is_said(tmp_path, text, message):
    with pytest.raises(Misconfigured, match=message):
        read(tmp_path, text)
