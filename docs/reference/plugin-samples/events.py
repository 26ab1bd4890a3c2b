from collective.mwsvm.plugins import AbstractPlugin
from collective.mwsvm.plugins import NodeReportPower


class EventsPlugin(AbstractPlugin):
    # The life cycle.

    def configure(self):
        """The configuration is new; InvalidPluginConfigurationException refuses it."""

    def beforeStart(self): ...

    def afterStart(self): ...

    def beforeStop(self): ...

    def afterStop(self): ...

    # The resource manager: each answers whether it has done it.

    def jobCancel(self, jobs: list[str]) -> bool:
        return True

    def jobModify(self, jobs: list[str], properties: dict[str, str]) -> bool:
        return True

    def jobRequeue(self, jobs: list[str]) -> bool:
        return True

    def jobResume(self, jobs: list[str]) -> bool:
        return True

    # "properties" may be left out.
    def jobStart(
        self, jobId: str, taskList: str, username: str, properties: dict[str, str]
    ) -> bool:
        return True

    def jobSubmit(self, properties: dict[str, str]) -> bool:
        return True

    def jobSuspend(self, jobs: list[str]) -> bool:
        return True

    def nodeModify(self, nodes: list[str], properties: dict[str, str]) -> bool:
        return True

    def nodePower(self, nodes: list[str], state: NodeReportPower) -> bool:
        return state is NodeReportPower.ON

    def resourceCreate(self, type: str, id: str, attributes: dict[str, str]) -> bool:
        return True

    def systemModify(self, properties: dict[str, str]) -> bool:
        return True

    def systemQuery(self, attributes: list[str]) -> list[str]:
        return [f"value of {attribute}" for attribute in attributes]

    def virtualMachineMigrate(
        self, vmId: str, hypervisorId: str, operationId: str
    ) -> bool:
        return True
