"""The hooks of this server: those in the folder that its configuration names."""

from collective.mwsvm.configuration import Configuration
from collective.mwsvm.rest.hook_call import HookCall
from collective.mwsvm.rest.hook_call import HookRequest
from collective.mwsvm.rest.hook_files import HookFolder
from collective.mwsvm.rest.hooks import Hooks
from functools import cache
from pathlib import Path
from plone import api


#: What hooks do not see of a request.
_SECRET = ("HTTP_AUTHORIZATION", "HTTP_COOKIE")


def site_hooks(configuration: Configuration) -> Hooks:
    """The hooks, as the files in the folder are now."""
    return _hooks(configuration.hooks)


@cache
def _hooks(folder: Path) -> Hooks:
    found = HookFolder(folder)
    found.ensure()
    return Hooks(found)


def hook_call(request, path, name, parameters, body) -> HookCall:
    """The call, as hooks see it."""
    headers = {
        key[5:].replace("_", "-").title(): value
        for key, value in request.environ.items()
        if key.startswith("HTTP_") and key not in _SECRET
    }
    return HookCall(
        HookRequest(
            request.get("REQUEST_METHOD", "GET").upper(),
            f"/mws/rest/{path}",
            headers=headers,
            remote_user=name or None,
            remote_address=request.getClientAddr(),
            proxy_user=parameters.get("proxy-user"),
            base=api.portal.get().absolute_url(),
        ),
        url_parameters=dict(parameters),
        body=body,
    )
