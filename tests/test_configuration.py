from collective.mwsvm.configuration import Configuration
from collective.mwsvm.models.errors import Misconfigured
from pathlib import Path
import pytest


GUIDE = """
mws.suite = "hpc"
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
    assert found.hooks == tmp_path / "myhooks"
    assert found.ldap.base_dns == ("dc=acme,dc=com",)
    assert found.ldap.group_object_class == "groupOfUniqueNames"
    assert found.ldap.user_name_attribute == "uid"
    assert found.event_log == tmp_path / "log/events.log"
    assert found.rolling.max_size == 50 * 1024**2


def test_without_a_file_there_are_defaults(tmp_path):
    found = Configuration.read(tmp_path)
    assert found.suite == "Cloud"
    assert found.ldap is None
    assert found.event_log is None
    assert found.hooks == tmp_path / "hooks"
    assert read(tmp_path, 'mws.hooks.location = "/etc/x"').hooks == Path("/etc/x")


@pytest.mark.parametrize(
    "text, message",
    [
        ("ldap.server = ", "mws-config.toml can't be read: Invalid value"),
        ('ldap.sever = "x"', "there is no setting ldap.sever; there are .*ldap.server"),
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
