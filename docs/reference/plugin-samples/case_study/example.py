from collective.mwsvm.plugins import AbstractPlugin
from collective.mwsvm.plugins import Suite


class FileProject:
    def initialPlugins(self, appConfig, suite):
        # Only where the suite is CLOUD.
        if suite is not Suite.CLOUD:
            return {}
        home = appConfig.mws.home.location
        return {
            "cloud-file": {
                "pluginType": "File",
                "pollInterval": 30,
                "config": {"getCluster": f"file://{home}/etc/nodes.txt"},
            }
        }


class FilePlugin(AbstractPlugin):
    constraints = {"getCluster": {"scriptableUrl": True}}
