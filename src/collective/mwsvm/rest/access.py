"""Whether the caller may do what is asked: by permission, or by an account's grid."""

from AccessControl import getSecurityManager
from collective.mwsvm import site
from collective.mwsvm.access.accounts import may
from collective.mwsvm.content import accounts
from collective.mwsvm.models.errors import Forbidden
from collective.mwsvm.resources.declare import Operation
from collective.mwsvm.rest.answers import UNAUTHORIZED


PERMISSION = "collective.mwsvm: Use MWS REST"


def check(operation: Operation) -> None:
    """Raises `Forbidden` unless the present user may do the operation.

    Application accounts may what their grid says, users of the site everything with the
    one permission (guide 2.1, 3.8).
    """
    security, portal = getSecurityManager(), site.portal()
    account = accounts.account_of(portal, security.getUser().getId() or "")
    if account is not None:
        allowed = may(account, operation.resource, operation.method)
    else:
        allowed = security.checkPermission(PERMISSION, portal)
    if not allowed:
        raise Forbidden(UNAUTHORIZED)
