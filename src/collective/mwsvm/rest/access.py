"""Whether the caller may do what is asked: by permission, or by an account's grid."""

from AccessControl import getSecurityManager
from collective.mwsvm import site
from collective.mwsvm.access.accounts import Account
from collective.mwsvm.access.accounts import may
from collective.mwsvm.access.accounts import may_call
from collective.mwsvm.content import accounts
from collective.mwsvm.models.errors import Forbidden
from collective.mwsvm.models.errors import MwsvmError
from collective.mwsvm.plugin_control.web_services import WebService
from collective.mwsvm.resources.declare import Operation
from collective.mwsvm.rest.answers import UNAUTHORIZED


PERMISSION = "collective.mwsvm: Use MWS REST"


def is_public(operation: Operation, ids: dict[str, str]) -> bool:
    """Whether anybody may do the operation, also without credentials.

    A web service of a plug-in says so by itself (guide 6.2.8).
    """
    if not operation.service:
        return operation.public
    try:
        return not _service(ids).secured
    except MwsvmError:
        # Who may not come in does not learn what there is.
        return False


def check(operation: Operation, ids: dict[str, str]) -> None:
    """Raises `Forbidden` unless the present user may do the operation.

    Application accounts may what their grids say, users of the site everything with the
    one permission (guide 2.1, 3.8), where the operation does not ask for another, too.
    """
    security, portal = getSecurityManager(), site.portal()
    account = accounts.account_of(portal, security.getUser().getId() or "")
    if account is not None:
        allowed = _account_may(account, operation, ids)
    else:
        needed = [PERMISSION, *filter(None, [operation.permission])]
        allowed = all(security.checkPermission(name, portal) for name in needed)
    if not allowed:
        raise Forbidden(UNAUTHORIZED)


def _account_may(account: Account, operation: Operation, ids: dict[str, str]) -> bool:
    if not operation.service:
        return may(account, operation.resource, operation.method)
    service = _service(ids)
    if not service.secured:
        return True
    return may_call(account, service.plugin["pluginType"], service.name)


def _service(ids: dict[str, str]) -> WebService:
    return site.plugins().web_services.find(ids["key"], ids["service"])
