"""A Zope instance with one Plone site, made and brought up from nothing but a folder."""

from collections.abc import Callable
from contextlib import suppress
from importlib.resources import files
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any
import logging
import os
import secrets


SITE = "Plone"
USER = "admin"

#: How often the set-up is tried again when another process does it at the same time.
TRIES = 3

_ZOPE_CONF = """\
# Written anew at each start of "mwsvm serve". For a configuration of your own see
# docs/how-to/production.md.
%define INSTANCE {directory}
instancehome $INSTANCE
clienthome $INSTANCE
default-zpublisher-encoding utf-8
debug-mode off
enable-xmlrpc off
<zodb_db main>
    mount-point /
    cache-size 30000
    <blobstorage>
        blob-dir $INSTANCE/blobs
        <filestorage>
            path $INSTANCE/Data.fs
        </filestorage>
    </blobstorage>
</zodb_db>
<product-config collective.mwsvm>
    worker {worker}
{database}</product-config>
"""


def prepare(directory: Path, worker: bool = True, database_url: str = "") -> Path:
    """Create what is missing below ``directory``; the path of its zope.conf.

    Raises OSError where that can't be.
    """
    directory = directory.resolve()
    for folder in (directory, directory / "etc", directory / "blobs"):
        folder.mkdir(parents=True, exist_ok=True)
    directory.chmod(0o700)
    database = f"    database-url {database_url}\n" if database_url else ""
    conf = directory / "etc" / "zope.conf"
    conf.write_text(
        _ZOPE_CONF.format(
            directory=directory, worker="on" if worker else "off", database=database
        )
    )
    site_zcml = files("Zope2.utilities.skel") / "etc" / "site.zcml"
    (directory / "etc" / "site.zcml").write_text(site_zcml.read_text())
    return conf


def password(directory: Path) -> str:
    """The administrator's password: the environment's, the kept one, or a new one.

    A new one is written to ``admin-password``, which only its owner can read.
    """
    given = os.environ.get("MWSVM_ADMIN_PASSWORD")
    if given:
        return given
    return kept_secret(directory / "admin-password")


def kept_secret(path: Path) -> str:
    """The secret in a file that only its owner can read; made up the first time."""
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        # Written aside and linked: of two processes that start at once both get one.
        with NamedTemporaryFile("w", dir=path.parent, prefix=".") as file:
            file.write(secrets.token_urlsafe(18) + "\n")
            file.flush()
            with suppress(FileExistsError):
                os.link(file.name, path)
        return path.read_text().strip()


def open_application(conf: Path) -> Any:
    """Zope as a WSGI application, configured by a zope.conf; takes some seconds."""
    from collective.mwsvm.rest.wsgi import MwsAtTheRoot
    from Zope2.Startup.run import make_wsgi_app

    # They warn of what is normal for Plone: tools it does without, types it redefines.
    for name in ("GenericSetup", "Products.MimetypesRegistry"):
        logging.getLogger(name).setLevel(logging.ERROR)
    return MwsAtTheRoot(make_wsgi_app({}, str(conf)), SITE)


def ensure_site(
    secret: str | Callable[[], str], progress: Callable[[str], None]
) -> None:
    """The administrator, and the site with the add-on, if missing.

    The administrator's password is ``secret`` afterwards. Where that is a function, it is
    asked for a new administrator's password, and that of one who is there stays.

    Raises `ConflictError` when it meets others' changes again and again.
    """
    from ZODB.POSException import ConflictError

    for turn in range(TRIES):
        try:
            return _ensure_site(secret, progress)
        except ConflictError:
            if turn == TRIES - 1:
                raise
            progress("Another process has changed the database; looking again")
    raise AssertionError("unreachable")


def _ensure_site(secret, progress) -> None:
    from AccessControl.SecurityManagement import newSecurityManager
    from AccessControl.SecurityManagement import noSecurityManager
    from Testing.makerequest import makerequest
    from zope.component.hooks import setSite
    from zope.globalrequest import clearRequest
    from zope.globalrequest import setRequest
    import transaction
    import Zope2

    app = makerequest(Zope2.app())
    setRequest(app.REQUEST)
    try:
        _ensure_user(app, secret)
        newSecurityManager(None, app.acl_users.getUser(USER).__of__(app.acl_users))
        if SITE not in app.objectIds():
            progress("Creating the Plone site")
            setSite(_create_site(app))
        else:
            setSite(app[SITE])
        transaction.commit()
    finally:
        transaction.abort()
        setSite(None)
        noSecurityManager()
        clearRequest()
        app._p_jar.close()


def _ensure_user(app, secret: str | Callable[[], str]) -> None:
    users = app.acl_users
    if users.getUser(USER) is None:
        value = secret() if callable(secret) else secret
        users._doAddUser(USER, value, ["Manager"], [])
    elif not callable(secret) and not users.authenticate(USER, secret, app.REQUEST):
        if "users" in users.objectIds():
            # Plone has put a pluggable folder in the place of Zope's plain one.
            users["users"].updateUserPassword(USER, secret)
        else:
            users._doChangeUser(USER, secret, ["Manager"], [])


def _create_site(app):
    from plone.registry.interfaces import IRegistry
    from Products.CMFPlone.factory import addPloneSite
    from zope.component import getUtility
    from zope.component.hooks import setSite

    portal = addPloneSite(
        app,
        SITE,
        title="Virtual machines and jobs",
        distribution_name="classic",
        setup_content=False,
    )
    setSite(portal)
    portal.portal_setup.runAllImportStepsFromProfile("profile-collective.mwsvm:default")
    # Plone leaves its theme off where a site is called by this address.
    registry = getUtility(IRegistry)
    name = "plone.app.theming.interfaces.IThemeSettings.hostnameBlacklist"
    registry[name] = [host for host in registry[name] if host != "127.0.0.1"]
    return portal
