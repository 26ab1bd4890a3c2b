from collective.mwsvm.plugins import AbstractPlugin
from collective.mwsvm.plugins import InvalidPluginConfigurationException
from collective.mwsvm.plugins import IPluginControlService


class ControllingPlugin(AbstractPlugin):
    pluginControlService: IPluginControlService

    def poll(self):
        control = self.pluginControlService
        if control.getPluginById("helper") is None:
            # By the type's name or its class; what is left out has its default value.
            created = control.createPlugin(
                "helper", ControllingPlugin, autoStart=False, config={"role": "helper"}
            )
            assert created
        assert [p.id for p in control.getPlugins("Controlling")] == [self.id, "helper"]
        assert control.getPlugin("Controlling", {"role": "helper"}).id == "helper"
        try:
            control.configure("helper")
        except InvalidPluginConfigurationException as error:
            self.log.error("; ".join(error.errors))
