"""A real OpenLDAP server for the tests, with users and groups of all kinds."""

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from datetime import datetime
from datetime import timedelta
from datetime import UTC
from pathlib import Path
from tests.services import free_port
from tests.services import wait_for
import os
import shutil
import socket
import subprocess


MANAGER = "cn=Manager,dc=acme,dc=com"
PASSWORD = "sesame-äöü"

#: Without a limit slapd makes room for a million connections where that is the system's.
LIMITED = 'ulimit -n 256; exec "$0" "$@"'

READER = "cn=Reader,dc=acme,dc=com"
READER_PASSWORD = "reader"

#: What the tests need of Active Directory's schema; Debian's copy of it has no
#: matching rules.
AD_SCHEMA = """
attributetype ( 1.2.840.113556.1.4.221 NAME 'sAMAccountName'
  EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.2.102 NAME 'memberOf'
  EQUALITY distinguishedNameMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.12 )
objectclass ( 1.2.840.113556.1.5.9 NAME 'user' SUP inetOrgPerson STRUCTURAL
  MAY ( sAMAccountName $ memberOf ) )
objectclass ( 1.2.840.113556.1.5.8 NAME 'group' SUP top STRUCTURAL
  MUST cn MAY ( sAMAccountName $ memberOf $ member ) )
"""

CONFIG = """
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
include /etc/ldap/schema/nis.schema
include {directory}/ad.schema
modulepath /usr/lib/ldap
moduleload back_mdb
TLSCACertificateFile {directory}/ca.pem
TLSCertificateFile {directory}/server.pem
TLSCertificateKeyFile {directory}/server.key
sizelimit 40
database mdb
suffix "dc=acme,dc=com"
rootdn "{manager}"
rootpw {password}
directory {directory}/data
access to dn.subtree="ou=Secret,dc=acme,dc=com" by * none
access to * by anonymous auth by users read
"""


class OpenLDAP:
    """slapd with the entries of ``entries.ldif``, on two ports of loopback."""

    def __init__(self, directory: Path):
        self.directory = directory
        self.port = free_port()
        self.ssl_port = free_port()
        self.process = None

    @staticmethod
    def program() -> str | None:
        """Where Debian keeps slapd, which is not on every user's path."""
        return shutil.which("slapd", path=f"{os.environ['PATH']}:/usr/sbin")

    def start(self):
        (self.directory / "data").mkdir()
        make_certificates(self.directory)
        config = self.directory / "slapd.conf"
        config.write_text(
            CONFIG.format(directory=self.directory, manager=MANAGER, password=PASSWORD)
        )
        (self.directory / "ad.schema").write_text(AD_SCHEMA)
        entries = self.directory / "entries.ldif"
        entries.write_text(ENTRIES.read_text() + "\n\n".join(_crowds()))
        self._run("slapadd", "-q", "-f", config, "-l", entries)
        urls = f"ldap://127.0.0.1:{self.port}/ ldaps://127.0.0.1:{self.ssl_port}/"
        command = [self.program(), "-d", "0", "-f", str(config), "-h", urls]
        self.process = subprocess.Popen(["sh", "-c", LIMITED, *command])
        wait_for(self._listens, what="slapd's port")

    def stop(self):
        self.process.terminate()
        self.process.wait(10)

    def _listens(self):
        assert self.process.poll() is None, "slapd has ended"
        with socket.socket() as sock:
            return sock.connect_ex(("127.0.0.1", self.ssl_port)) == 0

    def _run(self, tool, *arguments):
        # The tools are slapd under other names.
        program = str(Path(self.program()).parent / tool)
        command = ["sh", "-c", LIMITED, program, *map(str, arguments)]
        subprocess.run(command, check=True)


ENTRIES = Path(__file__).parent / "entries.ldif"


#: The user "many" is in so many groups, and the user "deep" in a chain of so many.
MANY = 60
DEEP = 12


def _crowds():
    people = "ou=Asia,dc=acme,dc=com"
    groups = "ou=Groups,dc=acme,dc=com"
    for user in ("many", "deep"):
        yield (
            f"\ndn: uid={user},{people}\nobjectClass: inetOrgPerson\n"
            f"uid: {user}\ncn: {user}\nsn: {user}"
        )
    chain = [f"uid=deep,{people}", *(f"cn=deep{i},{groups}" for i in range(DEEP))]
    crowd = [(f"many{i}", f"uid=many,{people}") for i in range(MANY)]
    for name, member in [*crowd, *((f"deep{i}", chain[i]) for i in range(DEEP))]:
        yield (
            f"dn: cn={name},{groups}\nobjectClass: groupOfNames\n"
            f"cn: {name}\nmember: {member}"
        )


def make_certificates(directory: Path):
    """A CA, the server's certificate for "localhost" only, and a stranger's CA."""
    ca_key, ca = _certificate("Test CA")
    key, server = _certificate("localhost", ca, ca_key)
    _, other = _certificate("Another CA")
    for name, certificate in (("ca", ca), ("server", server), ("other", other)):
        pem = certificate.public_bytes(serialization.Encoding.PEM)
        (directory / f"{name}.pem").write_bytes(pem)
    (directory / "server.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
    )


def _certificate(name, issuer=None, issuer_key=None):
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=not issuer, path_length=None), True)
    )
    if issuer:
        names = x509.SubjectAlternativeName([x509.DNSName(name)])
        builder = builder.add_extension(names, False)
    return key, builder.sign(issuer_key or key, hashes.SHA256())
