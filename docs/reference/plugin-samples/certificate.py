from collective.mwsvm.plugins import AbstractPlugin
from collective.mwsvm.plugins import PluginException


def usable(value, plugin, context):
    """The third argument gives ``getService`` and ``appConfig``."""
    ssl_service = context.getService("sslService")
    try:
        # The file is read when the context is made.
        _ = ssl_service.getSocketFactory(value).context
    except PluginException as error:
        return ["invalid", error.message]
    return None


class CertifiedPlugin(AbstractPlugin):
    constraints = {"certificateFile": {"validator": usable}}
