"""Groups and units from a real OpenLDAP, and what is said when it can't be asked."""

from collective.mwsvm.access import ldap_connection
from collective.mwsvm.access.directory import CachedDirectory
from collective.mwsvm.access.directory import normal_dn
from collective.mwsvm.access.directory import parents
from collective.mwsvm.access.ldap_directory import LdapDirectory
from collective.mwsvm.access.ldap_directory import NESTING_LIMIT
from collective.mwsvm.access.ldap_settings import DIRECTORY_TYPES
from collective.mwsvm.access.ldap_settings import LdapSettings
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.errors import Unavailable
from concurrent.futures import ThreadPoolExecutor
from tests.access.openldap import MANAGER
from tests.access.openldap import MANY
from tests.access.openldap import OpenLDAP
from tests.access.openldap import PASSWORD
from tests.access.openldap import READER
from tests.access.openldap import READER_PASSWORD
from tests.services import free_port
import logging
import pytest
import socket
import sys
import threading
import time


AD = "Microsoft Active Directory"
INET = "OpenLDAP Using InetOrgPerson Schema"
NIS = "OpenLDAP Using NIS Schema"
SAMBA = "OpenLDAP Using Samba Schema"

SETTINGS = {
    "server": "127.0.0.1",
    "base_dns": ("dc=acme,dc=com",),
    "bind_user": MANAGER,
    "password": PASSWORD,
    "directory_type": INET,
}


@pytest.fixture(scope="module")
def openldap(tmp_path_factory):
    """An OpenLDAP server; skipped only where Debian's package is not installed."""
    if OpenLDAP.program() is None:
        pytest.skip("OpenLDAP is not installed; make services installs it")
    server = OpenLDAP(tmp_path_factory.mktemp("ldap"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def directory(openldap):
    """Makes a directory of the server, with other settings where they are given."""

    def make(**changes):
        settings = {**SETTINGS, "port": openldap.port, **changes}
        return LdapDirectory(LdapSettings(**settings))

    return make


def names(memberships, kind="LDAPGROUP"):
    """The first parts of the names of one kind."""
    return {name.split(",")[0] for found, name in memberships if found == kind}


class TestMemberships:
    def test_the_user_groups_in_groups_and_units(self, directory):
        assert directory().memberships("ann") == {
            ("LDAP", "ann"),
            ("LDAPGROUP", "cn=engineering,ou=groups,dc=acme,dc=com"),
            ("LDAPGROUP", "cn=staff,ou=groups,dc=acme,dc=com"),
            ("LDAPGROUP", "cn=everybody,ou=groups,dc=acme,dc=com"),
            ("LDAPOU", "ou=berlin,ou=europe,dc=acme,dc=com"),
            ("LDAPOU", "ou=europe,dc=acme,dc=com"),
        }

    def test_a_dn_with_characters_that_mean_something(self, directory):
        found = directory().memberships("bob")
        assert names(found) == {"cn=engineering", "cn=staff", "cn=everybody"}
        assert names(found, "LDAPOU") == {"ou=asia"}

    def test_another_unit_class(self, directory):
        found = directory(ou_object_class="locality").memberships("ann")
        assert names(found, "LDAPOU") == {"l=floor 2"}

    def test_several_base_dns(self, directory):
        bases = ("ou=Asia,dc=acme,dc=com", "ou=Groups,dc=acme,dc=com")
        assert names(directory(base_dns=bases).memberships("bob")) == {
            "cn=engineering",
            "cn=staff",
            "cn=everybody",
        }
        assert directory(base_dns=bases).memberships("ann") == frozenset()

    def test_base_dns_that_overlap_make_nobody_two(self, directory):
        bases = ("dc=acme,dc=com", "OU=Europe, DC=acme, DC=com")
        assert ("LDAP", "ann") in directory(base_dns=bases).memberships("ann")

    def test_an_unknown_user_has_nothing(self, directory):
        assert directory().memberships("nobody") == frozenset()

    def test_a_name_of_two_users_is_nobody(self, directory, caplog):
        assert directory().memberships("twin") == frozenset()
        assert "2 users with uid=twin" in caplog.text

    @pytest.mark.parametrize(
        "name",
        ["*)(uid=*", "ann)(|(uid=*", "an*", "", "  ", "a\0", "\ud800", "\\2a", "a\\"],
    )
    def test_a_name_is_a_name_whatever_it_holds(self, directory, name):
        assert directory().memberships(name) == frozenset()

    def test_a_star_is_the_user_of_that_name(self, directory):
        assert directory().memberships("*") == {
            ("LDAP", "*"),
            ("LDAPOU", "ou=asia,dc=acme,dc=com"),
        }

    def test_nesting_ends_somewhere(self, directory, caplog):
        assert len(names(directory().memberships("deep"))) == NESTING_LIMIT
        assert "nested more than" in caplog.text

    def test_answers_come_in_pages(self, directory, monkeypatch):
        monkeypatch.setattr(ldap_connection, "PAGE_SIZE", 7)
        assert len(names(directory().memberships("many"))) == MANY

    def test_a_size_limit_leaves_some_groups(self, directory, caplog):
        reader = directory(bind_user=READER, password=READER_PASSWORD)
        assert 0 < len(names(reader.memberships("many"))) < MANY
        assert "raise its size limit" in caplog.text

    def test_what_the_bind_user_may_not_see_is_not_there(self, directory):
        assert directory().memberships("spy")
        reader = directory(bind_user=READER, password=READER_PASSWORD)
        assert reader.memberships("ann")
        assert reader.memberships("spy") == frozenset()


class TestDirectoryTypes:
    def test_nis_knows_users_and_groups_by_name_and_by_dn(self, directory):
        found = directory(directory_type=NIS).memberships("ann")
        assert names(found) == {
            "cn=engineering",
            "cn=staff",
            "cn=everybody",
            "cn=mixed",
        }
        assert directory(directory_type=NIS).memberships("bob") == frozenset()

    def test_nis_with_the_guides_other_group_class(self, directory):
        nis = directory(directory_type=NIS, group_object_class="groupOfUniqueNames")
        assert names(nis.memberships("ann")) == {"cn=unique"}

    def test_samba_has_posix_groups(self, directory):
        assert names(directory(directory_type=SAMBA).memberships("ann")) == {"cn=users"}

    def test_the_case_of_a_user_name(self, directory):
        """Users are found in any case; memberUid is told the one of the entry."""
        found = directory(directory_type=SAMBA).memberships("ANN")
        assert names(found) == {"cn=users"}
        assert ("LDAP", "ANN") in found

    def test_active_directory_reads_both_sides(self, directory):
        assert directory(directory_type=AD).memberships("Carl") == {
            ("LDAP", "Carl"),
            ("LDAPGROUP", "cn=admins,ou=ad,dc=acme,dc=com"),
            ("LDAPGROUP", "cn=owners,ou=ad,dc=acme,dc=com"),
            ("LDAPGROUP", normal_dn("cn=Straße,ou=AD,dc=acme,dc=com")),
            ("LDAPGROUP", "cn=elsewhere,dc=other,dc=com"),
            ("LDAPOU", "ou=ad,dc=acme,dc=com"),
        }

    def test_the_guides_layout_without_a_type(self, directory):
        layout = {
            "directory_type": "",
            "user_object_class": "person",
            "group_object_class": "group",
            "ou_object_class": "organizationalUnit",
            "user_name_attribute": "sAMAccountName",
        }
        by_user = directory(**layout, user_membership_attribute="memberof")
        assert names(by_user.memberships("carl")) == {
            "cn=admins",
            "cn=owners",
            "cn=elsewhere",
        }
        by_group = directory(**layout, group_membership_attribute="member")
        assert names(by_group.memberships("carl")) == {normal_dn("cn=straße")}

    def test_values_that_are_no_dn_are_left_out(self, directory, caplog):
        odd = directory(user_membership_attribute="cn")
        assert "cn=engineering" in names(odd.memberships("ann"))
        assert "'Ann Lee', which is no DN" in caplog.text


class TestSecurity:
    @pytest.mark.parametrize("kind", ["SSL", "StartTLS"])
    @pytest.mark.parametrize("certificate", ["ca", "server"])
    def test_a_certificate_that_fits(self, openldap, directory, kind, certificate):
        secured = directory(
            server="localhost",
            port=openldap.ssl_port if kind == "SSL" else openldap.port,
            security_type=kind,
            server_certificate=str(openldap.directory / f"{certificate}.pem"),
        )
        secured.check()
        assert ("LDAP", "ann") in secured.memberships("ann")

    @pytest.mark.parametrize("kind", ["SSL", "StartTLS"])
    @pytest.mark.parametrize(
        "server,certificate,reason",
        [
            ("localhost", "other", "self-signed certificate"),
            ("127.0.0.1", "ca", "not valid for '127.0.0.1'"),
            ("127.0.0.1", "server", "not valid for '127.0.0.1'"),
        ],
    )
    def test_a_certificate_that_does_not(
        self, openldap, directory, kind, server, certificate, reason
    ):
        path = openldap.directory / f"{certificate}.pem"
        secured = directory(
            server=server,
            port=openldap.ssl_port if kind == "SSL" else openldap.port,
            security_type=kind,
            server_certificate=str(path),
        )
        with pytest.raises(Unavailable) as caught:
            secured.memberships("ann")
        assert "The certificate of the directory" in str(caught.value)
        assert str(path) in str(caught.value)
        assert reason in str(caught.value)

    def test_a_certificate_that_is_gone(self, openldap, directory, tmp_path):
        path = tmp_path / "ca.pem"
        path.write_bytes((openldap.directory / "ca.pem").read_bytes())
        secured = directory(security_type="StartTLS", server_certificate=str(path))
        path.unlink()
        with pytest.raises(Unavailable, match="can't be read: No such file"):
            secured.check()

    def test_ssl_on_the_plain_port_and_the_other_way_round(self, openldap, directory):
        certificate = str(openldap.directory / "ca.pem")
        secured = directory(security_type="SSL", server_certificate=certificate)
        with pytest.raises(Unavailable, match="can't be reached with TLS"):
            secured.check()
        with pytest.raises(Unavailable, match="can't be reached: session terminated"):
            directory(port=openldap.ssl_port).check()


class TestTrouble:
    def test_a_check_of_what_works(self, directory):
        directory().check()

    def test_a_wrong_password(self, openldap, directory):
        wrong = directory(password="nonsense")
        for ask in (wrong.check, lambda: wrong.memberships("ann")):
            with pytest.raises(Unavailable) as caught:
                ask()
            assert str(caught.value) == (
                f"The directory 127.0.0.1:{openldap.port} refused the bind user "
                f"'{MANAGER}': check bind_user and password."
            )

    def test_a_base_that_is_not_there(self, directory):
        wrong = directory(base_dns=("dc=acme,dc=com", "dc=nowhere"))
        for ask in (wrong.check, lambda: wrong.memberships("ann")):
            with pytest.raises(
                Unavailable, match="'dc=nowhere': there is no such entry"
            ):
                ask()

    def test_anonymous_where_that_is_not_allowed(self, directory):
        with pytest.raises(
            Unavailable, match="there is no such entry, or the bind user"
        ):
            directory(bind_user="", password="").check()

    def test_nobody_listens(self, directory):
        port = free_port()
        start = time.monotonic()
        with pytest.raises(Unavailable) as caught:
            directory(port=port).memberships("ann")
        assert str(caught.value) == (
            f"The directory 127.0.0.1:{port} can't be reached: Connection refused."
        )
        with pytest.raises(Unavailable, match=r"localhost:\d+ can't be .* refused\.$"):
            directory(server="localhost", port=port).memberships("ann")
        assert time.monotonic() - start < 2

    def test_no_such_host(self, directory):
        with pytest.raises(Unavailable, match="there is no such host"):
            directory(server="nowhere.invalid").check()

    @pytest.mark.parametrize("security", ["None", "SSL", "StartTLS"])
    def test_a_server_that_says_nothing(
        self, openldap, directory, monkeypatch, security
    ):
        monkeypatch.setattr(ldap_connection, "RECEIVE_TIMEOUT", 1)
        with Impostor() as impostor:
            silent = directory(
                port=impostor.port,
                security_type=security,
                server_certificate=str(openldap.directory / "ca.pem"),
            )
            with pytest.raises(Unavailable, match="can't be reached.*timed out"):
                silent.check()

    def test_a_server_that_speaks_something_else(self, directory):
        with (
            Impostor(lambda request: b"\x30\x03\xff\xff\xff") as impostor,
            pytest.raises(Unavailable, match="its answer is not LDAP"),
        ):
            directory(port=impostor.port).check()

    @pytest.mark.parametrize("code", [0, 2, 52])
    def test_a_password_never_goes_in_plain_text(self, openldap, directory, code):
        """Whether StartTLS is refused, or promised and not kept."""
        with Impostor(lambda request: extended_response(request, code)) as impostor:
            secured = directory(
                port=impostor.port,
                security_type="StartTLS",
                server_certificate=str(openldap.directory / "ca.pem"),
            )
            with pytest.raises(Unavailable) as caught:
                secured.memberships("ann")
        assert "TLS" in str(caught.value)
        assert PASSWORD.encode() not in impostor.received
        assert PASSWORD not in str(caught.value)

    def test_without_the_library(self, directory, monkeypatch):
        known = directory()
        monkeypatch.setitem(sys.modules, "ldap3", None)
        monkeypatch.delitem(sys.modules, ldap_connection.__name__)
        with pytest.raises(Unavailable, match=r"install collective.mwsvm\[ldap\]"):
            known.check()


class Impostor:
    """Listens where a directory should, and answers as it is told, or never."""

    def __init__(self, answer=None):
        self.answer = answer
        self.received = b""
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self._serve)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *error):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(10)

    def _serve(self):
        try:
            while True:
                client, _ = self.listener.accept()
                with client:
                    self._talk(client)
        except OSError:
            return  # closed by the test

    def _talk(self, client):
        while request := client.recv(4096):
            self.received += request
            if self.answer:
                client.sendall(self.answer(request))


def extended_response(request, code):
    """An LDAP answer with this result to the request with its id."""
    identifier = request[2 : 4 + request[3]]
    result = bytes([0x78, 7, 0x0A, 1, code, 4, 0, 4, 0])
    return bytes([0x30, len(identifier) + len(result)]) + identifier + result


class TestSettings:
    @pytest.mark.parametrize("kind", DIRECTORY_TYPES)
    def test_each_type_is_complete(self, kind):
        settings = LdapSettings(**{**SETTINGS, "directory_type": kind})
        assert settings.checked() is settings
        assert settings.ou_object_class == "organizationalUnit"

    def test_defaults_and_one_by_one(self):
        settings = LdapSettings(
            **{**SETTINGS, "directory_type": NIS},
            group_object_class="groupOfUniqueNames",
        )
        assert settings.user_object_class == "posixAccount"
        assert settings.group_object_class == "groupOfUniqueNames"
        assert settings.user_name_attribute == "uid"
        assert LdapSettings(directory_type=AD).user_name_attribute == "sAMAccountName"
        assert LdapSettings(directory_type=NIS).group_object_class == "groupOfNames"

    @pytest.mark.parametrize(
        "kind,port", [("", 389), ("None", 389), ("StartTLS", 389), ("SSL", 636)]
    )
    def test_ports(self, kind, port):
        assert LdapSettings(security_type=kind).port == port
        assert LdapSettings(security_type=kind, port=10389).port == 10389

    def test_the_password_is_not_shown(self):
        settings = LdapSettings(**SETTINGS)
        assert PASSWORD not in repr(settings)
        assert MANAGER in repr(settings)

    def test_everything_is_missing(self):
        problems = LdapSettings().problems()
        assert list(problems) == [
            "server",
            "base_dns",
            "user_object_class",
            "group_object_class",
            "ou_object_class",
            "user_name_attribute",
            "user_membership_attribute",
        ]
        with pytest.raises(Invalid) as caught:
            LdapDirectory(LdapSettings())
        assert str(caught.value) == " ".join(problems.values())

    @pytest.mark.parametrize(
        "name,value,sentence",
        [
            ("server", "ldap://x", "server: 'ldap://x' is not a host name"),
            ("server", "x:389", "the port and the security have settings of their own"),
            ("port", 65536, "port: 65536 is not a port; allowed is 1 to 65535."),
            ("port", -1, "port: -1 is not a port"),
            ("base_dns", (), "base_dns: give at least one"),
            ("base_dns", ("acme.com",), "base_dns: 'acme.com' is not a distinguished"),
            ("password", "", f"password: the bind_user '{MANAGER}' needs a password."),
            ("directory_type", "AD", f"'AD' is none of {AD}, {INET}, {NIS}, {SAMBA}."),
            ("security_type", "TLS", "'TLS' is none of None, SSL, StartTLS."),
            (
                "user_name_attribute",
                "uid)(x",
                "'uid)(x' is not the name of an attribute.",
            ),
            ("user_object_class", "*", "'*' is not the name of an object class."),
            (
                "group_membership_attribute",
                "a b",
                "'a b' is not the name of an attribute",
            ),
            ("group_membership_attribute", ",", "',' is not the name of an attribute"),
        ],
    )
    def test_what_is_wrong(self, name, value, sentence):
        problems = LdapSettings(**{**SETTINGS, name: value}).problems()
        assert list(problems) == [name]
        assert sentence in problems[name]

    def test_a_password_for_nobody(self):
        problems = LdapSettings(**{**SETTINGS, "bind_user": ""}).problems()
        assert problems == {
            "password": "password: there is a password, but no bind_user."
        }

    @pytest.mark.parametrize(
        "server", ["ldap.acme.com", "192.168.0.5", "::1", "my_host"]
    )
    def test_servers(self, server):
        assert not LdapSettings(**{**SETTINGS, "server": server}).problems()

    @pytest.mark.parametrize("kind", ["SSL", "StartTLS"])
    def test_the_certificate(self, kind, tmp_path):
        (tmp_path / "text").write_text("no certificate")
        for path, sentence in (
            ("", f"server_certificate: the security_type {kind} needs the server's"),
            (tmp_path / "missing", "can't be read: No such file or directory."),
            (tmp_path / "text", "there is no PEM certificate in"),
            (tmp_path, "server_certificate: "),
        ):
            settings = LdapSettings(
                **SETTINGS, security_type=kind, server_certificate=str(path)
            )
            problems = settings.problems()
            assert list(problems) == ["server_certificate"]
            assert sentence in problems["server_certificate"]


class TestNames:
    @pytest.mark.parametrize(
        "one,other",
        [
            ("CN=Eng,DC=acme", "cn=eng,dc=ACME"),
            ("cn = eng , dc = acme", "cn=eng,dc=acme"),
            ("cn=Very  Large   Group", "cn=very large group"),
            ("cn=Smith\\, Bob,dc=x", "cn=smith\\2c bob,dc=x"),
            ("cn=Stra\\C3\\9Fe", "cn=Straße"),
            ("cn=Ä", "cn=A\u0308"),
            ("cn=a+uid=b,dc=x", "uid=b + cn=a,dc=x"),
            ("cn=a=b", "cn=a\\=b"),
            ("2.5.4.3=a", "2.5.4.3=A"),
            ("cn=a\\ ,dc=x", "cn=a,dc=x"),
        ],
    )
    def test_the_same(self, one, other):
        assert normal_dn(one) == normal_dn(other)
        assert normal_dn(normal_dn(one)) == normal_dn(one)

    @pytest.mark.parametrize(
        "one,other",
        [
            ("cn=a,dc=x", "cn=a\\,dc\\=x"),
            ("cn=a\\\\,dc=x", "cn=a\\ ,dc=x"),
            ("cn=a,dc=x", "dc=x,cn=a"),
            ("cn=a+uid=b", "cn=a,uid=b"),
            ("cn=a b", "cn=ab"),
            ("cn=\\FF", "cn=\\FE"),
        ],
    )
    def test_not_the_same(self, one, other):
        assert normal_dn(one) != normal_dn(other)

    @pytest.mark.parametrize(
        "text",
        ["", "staff", "cn=", "cn= ,dc=x", "cn=a,", ",cn=a", "cn=a;dc=x", "cn=a\\"],
    )
    def test_no_dn(self, text):
        with pytest.raises(Invalid, match="is not a distinguished name such as"):
            normal_dn(text)

    def test_what_is_above(self):
        assert parents("uid=a\\,b + l=x, OU=Berlin,DC=acme") == [
            "OU=Berlin,DC=acme",
            "DC=acme",
        ]
        assert parents("dc=acme") == []


class TestCachedDirectory:
    def test_one_question_in_its_time(self, clock):
        asked = Asked()
        cached = CachedDirectory(asked, clock, seconds=60)
        assert cached.memberships("ann") == {("LDAP", "ann")}
        clock.forward(59)
        assert cached.memberships("ann") == {("LDAP", "ann")}
        assert asked.users == ["ann"]
        clock.forward(1)
        cached.memberships("ann")
        assert asked.users == ["ann", "ann"]

    def test_users_who_do_not_exist_are_remembered_too(self, clock):
        asked = Asked(frozenset())
        cached = CachedDirectory(asked, clock)
        assert cached.memberships("x") == cached.memberships("x") == frozenset()
        assert asked.users == ["x"]

    def test_a_dead_directory_is_left_alone_for_a_while(self, clock):
        asked = Asked()
        cached = CachedDirectory(asked, clock, pause=5)
        cached.memberships("ann")
        asked.error = Unavailable("It is down.")
        for _ in range(2):
            with pytest.raises(Unavailable, match=r"^It is down\.$"):
                cached.memberships("bob")
        assert asked.users == ["ann", "bob"]
        assert cached.memberships("ann"), "known users are still known"
        clock.forward(5)
        asked.error = None
        assert cached.memberships("bob") == {("LDAP", "bob")}
        assert cached.memberships("carl") == {("LDAP", "carl")}

    def test_it_forgets_the_oldest(self, clock):
        asked = Asked()
        cached = CachedDirectory(asked, clock)
        cached.LIMIT = 2
        for user in ("a", "b", "c", "b", "c", "a"):
            cached.memberships(user)
        assert asked.users == ["a", "b", "c", "a"]

    def test_a_check_is_never_remembered(self, clock):
        asked = Asked()
        cached = CachedDirectory(asked, clock)
        cached.check()
        asked.error = Unavailable("It is down.")
        with pytest.raises(Unavailable):
            cached.check()

    def test_many_threads(self, clock):
        cached = CachedDirectory(Asked(), clock)
        cached.LIMIT = 5
        users = [f"user{i % 20}" for i in range(2000)]
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(cached.memberships, users))
        assert found == [{("LDAP", user)} for user in users]

    def test_nobody_waits_for_another_user(self, clock):
        asked = Asked()
        cached = CachedDirectory(asked, clock)
        cached.memberships("ann")
        asked.gate.clear()
        slow = threading.Thread(target=cached.memberships, args=("bob",))
        slow.start()
        assert cached.memberships("ann")
        asked.gate.set()
        slow.join(10)

    def test_threads_on_a_real_directory(self, directory, clock):
        real = directory()
        with ThreadPoolExecutor(4) as pool:
            found = set(pool.map(real.memberships, ["ann"] * 12))
        assert len(found) == 1


class Asked:
    """A directory that keeps what it was asked, and waits while its gate is shut."""

    def __init__(self, answer=None, error=None):
        self.answer = answer
        self.error = error
        self.users = []
        self.gate = threading.Event()
        self.gate.set()

    def memberships(self, user):
        self.users.append(user)
        self.gate.wait(10)
        self.check()
        if self.answer is None:
            return frozenset({("LDAP", user)})
        return self.answer

    def check(self):
        if self.error:
            raise self.error


@pytest.fixture(autouse=True)
def warnings(caplog):
    caplog.set_level(logging.WARNING)
