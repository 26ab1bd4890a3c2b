from collective.mwsvm.plugins import AbstractPlugin
from collective.mwsvm.plugins import InvalidPluginConfigurationException


class ConfiguredPlugin(AbstractPlugin):
    def configure(self):
        config = self.config
        # The key must be there, and its value must not be empty or None.
        if "username" not in config or not config.username:
            raise InvalidPluginConfigurationException(
                "The username configuration parameter must be provided"
            )
        if "password" not in config or not config.password:
            raise InvalidPluginConfigurationException(
                "The password configuration parameter must be provided"
            )

    def poll(self):
        assert self.getConfig() == self.config
        self.log.info("polled as %s", self.config.username)
