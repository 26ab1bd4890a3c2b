from collective.mwsvm.plugins import AbstractPlugin
from collective.mwsvm.plugins import ISslService
from urllib.request import build_opener
from urllib.request import HTTPSHandler


class SSLConnectionPlugin(AbstractPlugin):
    """Reads a page of a server with a certificate of its own."""

    constraints = {"url": {"url": True}, "serverCert": {}}
    sslService: ISslService

    def poll(self):
        # That of the server or of its authority; an absolute path is taken as it is.
        factory = self.sslService.getSocketFactory(self.config.serverCert)
        # All libraries for the web take such a context.
        opener = build_opener(HTTPSHandler(context=factory.context))
        with opener.open(self.config.url, timeout=10) as page:
            self.log.info(page.read().decode())
