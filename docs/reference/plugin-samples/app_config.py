from collective.mwsvm.plugins import AbstractPlugin


class CustomAppPropertyPlugin(AbstractPlugin):
    def poll(self):
        # Where MWS_HOME is.
        assert self.appConfig.mws.home.location
        assert self.getAppConfig().mws.home.location == self.appConfig.mws.home.location
        # plugins.custom.property = "This is my custom property" in mws-config.toml.
        assert self.appConfig.plugins.custom.property == "This is my custom property"
