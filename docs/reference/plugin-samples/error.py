from collective.mwsvm.plugins import AbstractPlugin
from collective.mwsvm.plugins import IPluginControlService
from collective.mwsvm.plugins import PluginStopException


class ErrorPlugin(AbstractPlugin):
    pluginControlService: IPluginControlService

    def poll(self):
        # An error is detected: the plug-in stops itself.
        try:
            self.log.warn(
                "An error was detected, trying to stop the plugin %s", self.id
            )
            self.pluginControlService.stop(self.id)
            self.log.warn("The plugin was successfully stopped")
        except PluginStopException as error:
            self.log.error(f"Plugin instance {self.id} could not be stopped", error)
