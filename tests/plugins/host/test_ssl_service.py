from collective.mwsvm.plugins import PluginException
from collective.mwsvm.plugins.ssl_service import SslService
import contextlib
import pytest
import socket
import ssl
import subprocess
import threading


def openssl(folder, *arguments):
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


def certificate(folder, name, *more):
    openssl(
        folder,
        *("req", "-x509", "-newkey", "rsa:2048", "-days", "2", "-subj", f"/CN={name}"),
        *("-keyout", f"{name}.key", "-out", f"{name}.pem", *more),
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Certificates of two servers and a client, whose key is there in all forms."""
    folder = tmp_path_factory.mktemp("ssl.crt")
    named = ("-addext", "subjectAltName=DNS:localhost", "-nodes")
    certificate(folder, "server", *named)
    certificate(folder, "other", *named)
    certificate(folder, "client", "-nodes")
    openssl(
        folder,
        *("rsa", "-aes256", "-in", "client.key", "-out", "locked.key"),
        *("-passout", "pass:open"),
    )
    both = (folder / "client.pem").read_text() + (folder / "client.key").read_text()
    (folder / "both.pem").write_text(both)
    chain = (folder / "other.pem").read_text() + (folder / "server.pem").read_text()
    (folder / "chain.pem").write_text(chain)
    (folder / "junk.pem").write_text("junk")
    return folder


@pytest.fixture
def ssl_service(folder):
    return SslService(folder)


@contextlib.contextmanager
def serving(folder, client=False):
    """A server that tells each client the name in its certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem", folder / "server.key")
    # Clients learn at once that they are refused.
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    if client:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(folder / "client.pem")
    listener = socket.create_server(("localhost", 0))
    listener.settimeout(10)

    def serve():
        with contextlib.suppress(OSError):
            connection, _ = listener.accept()
            with connection, context.wrap_socket(connection, server_side=True) as tls:
                subject = (tls.getpeercert() or {}).get("subject", ((("", "nobody"),),))
                tls.sendall(subject[0][0][1].encode())

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.close()
        thread.join()


def said(factory, port, host="localhost", **options):
    with factory.createSocket(host, port, timeout=10, **options) as connection:
        return connection.recv(100)


@pytest.mark.parametrize("name", ["server.pem", "chain.pem"])
def test_a_trusted_server(ssl_service, folder, name):
    with serving(folder) as port:
        assert said(ssl_service.getSocketFactory(name), port) == b"nobody"


def test_an_absolute_name(folder):
    factory = SslService("/nowhere").getSocketFactory(str(folder / "server.pem"))
    with serving(folder) as port:
        assert said(factory, port) == b"nobody"


@pytest.mark.parametrize("files", [["other.pem"], ["both.pem", None]])
def test_a_server_that_is_not_trusted(ssl_service, folder, files):
    factory = ssl_service.getSocketFactory(*files)
    with serving(folder) as port, pytest.raises(ssl.SSLCertVerificationError):
        said(factory, port)


def test_another_host(ssl_service, folder):
    factory = ssl_service.getSocketFactory("server.pem")
    with serving(folder) as port, pytest.raises(ssl.SSLCertVerificationError):
        said(factory, port, "127.0.0.1")


def test_a_lenient_verifier(ssl_service, folder):
    factory = ssl_service.getSocketFactory("server.pem")
    verifier = ssl_service.getLenientHostnameVerifier()
    with serving(folder) as port:
        assert said(factory, port, "127.0.0.1", hostnameVerifier=verifier) == b"nobody"
    assert factory.context.check_hostname


def test_a_strict_verifier(ssl_service, folder):
    factory = ssl_service.getSocketFactory("server.pem")
    with serving(folder) as port, pytest.raises(ssl.SSLError, match="not taken"):
        said(factory, port, hostnameVerifier=lambda host, tls: False)


def test_lenient(ssl_service, folder):
    factory = ssl_service.getLenientSocketFactory()
    with serving(folder) as port:
        assert said(factory, port, "127.0.0.1") == b"nobody"


@pytest.mark.parametrize(
    "files",
    [
        ["both.pem", None, "server.pem"],
        ["client.pem", "alias", "client.key", None, "server.pem"],
        ["client.pem", None, "locked.key", "open", "server.pem"],
    ],
)
def test_a_client_shows_its_certificate(ssl_service, folder, files):
    factory = ssl_service.get_socket_factory(*files)
    with serving(folder, client=True) as port:
        assert said(factory, port) == b"client"


def test_by_name(ssl_service, folder):
    factory = ssl_service.getSocketFactory(
        client_cert="both.pem", serverCert="server.pem"
    )
    with serving(folder, client=True) as port:
        assert said(factory, port) == b"client"


def test_without_its_certificate(ssl_service, folder):
    factory = ssl_service.getSocketFactory("server.pem")
    with serving(folder, client=True) as port, pytest.raises(OSError):
        said(factory, port)


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        (["none.pem"], "server certificate .*none.pem can't be read: No such file"),
        (["junk.pem"], "server certificate .*junk.pem can't be used"),
        (["none.pem", None], "client certificate .*none.pem can't be read"),
        (["junk.pem", None], "client certificate .*junk.pem can't be used"),
        (["client.pem", None], "client.pem can't be used"),
        (
            ["client.pem", None, "none.key", None],
            "private key .*none.key can't be read",
        ),
        (["client.pem", None, "other.key", None], "other.key can't be used: KEY_VAL"),
        (["client.pem", None, "locked.key", None], "locked.key .*no password is given"),
        (["client.pem", None, "locked.key", "wrong"], "locked.key can't be used"),
    ],
)
def test_files_that_can_not_be_used(ssl_service, files, sentence):
    with pytest.raises(PluginException, match=sentence):
        ssl_service.getSocketFactory(*files)


@pytest.mark.parametrize(
    ("files", "named"),
    [
        ([], {}),
        ([None], {}),
        ([None, "alias"], {}),
        (["a"] * 6, {}),
        ([], {"certificate": "server.pem"}),
    ],
)
def test_arguments_that_make_no_sense(ssl_service, files, named):
    with pytest.raises(TypeError, match="getSocketFactory"):
        ssl_service.getSocketFactory(*files, **named)


def test_files(ssl_service, folder):
    assert ssl_service.getCertificateFile(None) is None
    assert ssl_service.getCertificateFile("a.pem") == folder / "a.pem"
    assert str(ssl_service.get_certificate_file("/a.pem")) == "/a.pem"
