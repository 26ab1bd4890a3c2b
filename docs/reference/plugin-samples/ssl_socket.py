from collective.mwsvm.plugins import AbstractPlugin
from collective.mwsvm.plugins import ISslService


class SSLConnectionPlugin(AbstractPlugin):
    """Shows a certificate to a server."""

    constraints = {"host": {}, "port": {"type": int}}
    sslService: ISslService

    def poll(self):
        # Its private key is in the same file, and is not encrypted. A relative name is
        # one in the directory of mws.certificates.location.
        client_cert = "my-cert.pem"
        factory = self.sslService.getSocketFactory(
            client_cert, None, serverCert="server-cert.pem"
        )
        with factory.createSocket(self.config.host, self.config.port) as socket:
            socket.sendall(b"hello\n")
            self.log.info(socket.recv(100).decode())
