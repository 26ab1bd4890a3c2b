from collective.mwsvm.plugins import AbstractPlugin
from collective.mwsvm.plugins import component
from collective.mwsvm.plugins import PluginConstants
from collective.mwsvm.plugins import scope
import logging


@component
class ExampleComponent:
    # Components have no logger but the one that they make.
    log = logging.getLogger(
        f"{PluginConstants.LOGGER_PREFIX}{__name__}.ExampleComponent"
    )

    def myMethod(self):
        self.log.info("Starting my method")


@component
@scope("prototype")
class ComplexLogicHandler:
    def __init__(self):
        self.calls = 0

    def handleLogic(self):
        self.calls += 1
        return self.calls


@component
class ByTypeHandler:
    # By the type; the name of the attribute does not matter.
    logic: ComplexLogicHandler

    def wrapLogic(self):
        return self.logic.handleLogic()


@component(name="named")
class AnotherHandler:
    # By the name.
    complexLogicHandler = None

    def wrapLogic(self):
        return self.complexLogicHandler.handleLogic()


class CustomPlugin(AbstractPlugin):
    exampleComponent = None
    complexLogicHandler = None
    byTypeHandler = None
    named = None

    def poll(self):
        self.exampleComponent.myMethod()
        self.complexLogicHandler.handleLogic()
        # Each has an object of its own, for its scope is "prototype".
        assert self.complexLogicHandler.handleLogic() == 2
        assert self.byTypeHandler.wrapLogic() == 1
        assert self.named.wrapLogic() == 1
