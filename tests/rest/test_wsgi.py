"""The API at the root of the host."""

from collective.mwsvm.rest.wsgi import filter_app_factory
import pytest


def ask(path, **environ):
    """The path that the application behind the filter gets, and the filter's answer."""
    found = []
    started = []

    def application(environ, start_response):
        found.append(environ["PATH_INFO"])
        return []

    environ = {
        "PATH_INFO": path,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8080",
        "wsgi.url_scheme": "http",
        **environ,
    }
    filtered = filter_app_factory({}, "Plone")(application)
    body = b"".join(filtered(environ, lambda status, headers: started.append(status)))
    return (found[0] if found else None), started, body


@pytest.mark.parametrize(
    "host, expected",
    [
        ("mws.example.org", "mws.example.org:80"),
        ("mws.example.org:8080", "mws.example.org:8080"),
        ("[::1]:8080", "[::1]:8080"),
        ("", "127.0.0.1:8080"),
        ("evil/../x", "127.0.0.1:8080"),
        ("a b", "127.0.0.1:8080"),
    ],
)
def test_the_site_sees_the_short_address(host, expected):
    path, _, _ = ask("/mws/rest/jobs/Moab.1", HTTP_HOST=host)
    root = f"/VirtualHostBase/http/{expected}/Plone/VirtualHostRoot"
    assert path == f"{root}/mws/rest/jobs/Moab.1"


@pytest.mark.parametrize("path", ["/", "/mwsx", "/Plone/mws/rest/jobs", "/x/mws"])
def test_all_else_is_left_alone(path):
    assert ask(path)[0] == path


def test_https_has_its_own_port():
    path, _, _ = ask("/mws/rest", HTTP_HOST="x.org", **{"wsgi.url_scheme": "https"})
    assert path == "/VirtualHostBase/https/x.org:443/Plone/VirtualHostRoot/mws/rest"


@pytest.mark.parametrize("path", ["/mws", "/mws/", "/mws/docs"])
def test_pages_keep_the_addresses_of_the_site(path):
    # Their styles and the pages that they link to are not below mws.
    assert ask(path)[0] == f"/Plone{path}"


def test_a_path_that_is_no_text_is_refused():
    path, started, body = ask("/Plone/mws/rest/images/t\xe4st")
    assert (path, started) == (None, ["400 Bad Request"])
    assert body == b'{"messages":["The path of the URL must be UTF-8"]}'
