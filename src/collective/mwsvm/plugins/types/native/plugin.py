"""The type Native."""

from collections.abc import Mapping
from collections.abc import Sequence
from collective.mwsvm.plugins import AbstractPlugin
from collective.mwsvm.plugins import ConfigObject
from collective.mwsvm.plugins import IJobRMService
from collective.mwsvm.plugins import INodeRMService
from collective.mwsvm.plugins import InvalidPluginConfigurationException
from collective.mwsvm.plugins import IVirtualMachineRMService
from collective.mwsvm.plugins import JobReport
from collective.mwsvm.plugins import NodeReport
from collective.mwsvm.plugins import NodeReportPower
from collective.mwsvm.plugins import Suite
from collective.mwsvm.plugins import VirtualMachineReport
from collective.mwsvm.plugins.types.native import polling
from collective.mwsvm.plugins.types.native import queries
from collective.mwsvm.plugins.types.native import urls
from collective.mwsvm.plugins.types.native.answers import Answer
from collective.mwsvm.plugins.types.native.answers import EVENT_SECONDS
from collective.mwsvm.plugins.types.native.answers import POLL_SECONDS
from collective.mwsvm.plugins.types.native.answers import UrlFailure
from collective.mwsvm.plugins.types.native.parameters import CONSTRAINTS
from collective.mwsvm.plugins.types.native.parameters import URLS
from collective.mwsvm.plugins.types.native.urls import MissingFile
from typing import Any
from urllib.parse import quote


#: The plug-in that the suite Cloud has from the start.
CLOUD_NATIVE = "cloud-native"


class NativePlugin(AbstractPlugin):
    """Reports what files, scripts and URLs tell in Wiki text, and hands them RM events."""

    title = "Native"
    description = (
        "Reports nodes, virtual machines and jobs from files, scripts and URLs that "
        "speak Wiki, the text format of Moab's native resource managers."
    )

    constraints = CONSTRAINTS

    nodeRMService: INodeRMService
    virtualMachineRMService: IVirtualMachineRMService
    jobRMService: IJobRMService

    #: Seconds that one URL may take, at a poll and at an event.
    poll_seconds = POLL_SECONDS
    event_seconds = EVENT_SECONDS

    _told_missing = False

    def configure(self) -> None:
        complaints = (
            (key, urls.complaint(url)) for key in URLS if (url := self._url(key))
        )
        errors = [
            f"The '{key}' configuration parameter: {complaint}"
            for key, complaint in complaints
            if complaint
        ]
        errors += self._strange_scripts()
        if errors:
            raise InvalidPluginConfigurationException(errors)

    def _strange_scripts(self) -> list[str]:
        # Which programs are run here the administrator of the server decides, not who
        # may configure plug-ins.
        folders = self.appConfig.plugins.scripts
        if not isinstance(folders, list):
            return []
        return [
            f"The '{key}' configuration parameter: {script} is in none of the folders of "
            f"plugins.scripts in mws-config.toml: {', '.join(folders) or 'there are none'}"
            for key in URLS
            if (script := urls.script(self._url(key) or "")) is not None
            and not urls.is_within(script, folders)
        ]

    def poll(self) -> None:
        """Report what the URLs tell; nothing of what has no URL.

        What a URL that fails told before stays as it is, and the log says why it failed.
        """
        configured = [key for key in URLS if self._url(key)]
        made = polling.poll(configured, self._answer_of_poll)
        for key, failure in made.failures.items():
            self._log_failure(key, failure)
        if "getCluster" not in made.failures:
            self._told_missing = False
        for sentence, is_note in made.sentences():
            (self.log.info if is_note else self.log.warn)(sentence)
        if made.nodes is not None:
            self.nodeRMService.save([NodeReport.of(json) for json in made.nodes])
        if made.machines is not None:
            self.virtualMachineRMService.save(
                [VirtualMachineReport.of(json) for json in made.machines]
            )
        if made.jobs is not None:
            self.jobRMService.save([JobReport.of(json) for json in made.jobs])

    # -- lifecycle: what fails is only logged

    def beforeStart(self) -> None:
        self._answer("startUrl", None, may_be_empty=True)

    def afterStop(self) -> None:
        self._answer("stopUrl", None, may_be_empty=True)

    # -- RM events: false without a URL and when it fails

    def jobCancel(self, jobs: Sequence[str]) -> bool:
        return self._first_job("jobCancel", jobs)

    def jobModify(self, jobs: Sequence[str], properties: Mapping[str, str]) -> bool:
        return self._first_job("jobModify", jobs, properties)

    def jobRequeue(self, jobs: Sequence[str]) -> bool:
        return self._first_job("jobRequeue", jobs)

    def jobResume(self, jobs: Sequence[str]) -> bool:
        return self._first_job("jobResume", jobs)

    def jobStart(
        self,
        jobName: str,
        taskList: str,
        username: str,
        properties: Mapping[str, str] | None = None,
    ) -> bool:
        """The properties are not handed on."""
        return self._done("jobStart", queries.job_start(jobName, taskList, username))

    def jobSubmit(self, properties: Mapping[str, str]) -> bool:
        return self._done("jobSubmit", queries.job_submit(properties))

    def jobSuspend(self, jobs: Sequence[str]) -> bool:
        return self._first_job("jobSuspend", jobs)

    def nodeModify(self, nodes: Sequence[str], properties: Mapping[str, str]) -> bool:
        return self._done("nodeModify", queries.node_modify(nodes, properties))

    def nodePower(self, nodes: Sequence[str], state: NodeReportPower) -> bool:
        return self._done("nodePower", queries.node_power(nodes, state.name))

    def resourceCreate(
        self, type: str, name: str, attributes: Mapping[str, str]
    ) -> bool:
        query = queries.resource_create(type, name, attributes)
        return self._done("resourceCreate", query)

    def systemModify(self, properties: Mapping[str, str]) -> bool:
        return self._done("systemModify", queries.system_modify(properties))

    def systemQuery(self, attributes: Sequence[str]) -> list[str]:
        """The lines of the answer for the first attribute; none if there is no answer."""
        if not attributes:
            return []
        answer = self._answer("systemQuery", queries.system_query(attributes[0]))
        return answer.splitlines() if answer else []

    def virtualMachineMigrate(
        self, vmName: str, hypervisorName: str, operationName: str
    ) -> bool:
        query = queries.virtual_machine_migrate(vmName, hypervisorName, operationName)
        return self._done("virtualMachineMigrate", query)

    # -- URLs

    def _url(self, key: str) -> str | None:
        return self.config.get(key) or None

    def _fetch(
        self, key: str, seconds: float, arguments: Sequence[str] | None = None
    ) -> Answer:
        environment = urls.parse_environment(self.config.get("environment"))
        return urls.fetch(self.config[key], seconds, arguments, environment)

    def _answer_of_poll(self, key: str) -> str:
        return self._fetch(key, self.poll_seconds).checked(may_be_empty=True)

    def _answer(
        self, key: str, arguments: Sequence[str] | None, *, may_be_empty: bool = False
    ) -> str | None:
        """The answer to an event; None without a URL and when it fails."""
        if not self._url(key):
            self.log.debug(f"{key}: there is no URL for this")
            return None
        try:
            answer = self._fetch(key, self.event_seconds, arguments)
            return answer.checked(may_be_empty=may_be_empty)
        except UrlFailure as failure:
            self.log.error(f"{key}: {failure}")
            return None

    def _done(self, key: str, arguments: Sequence[str]) -> bool:
        return self._answer(key, arguments) is not None

    def _first_job(
        self,
        key: str,
        jobs: Sequence[str],
        properties: Mapping[str, str] | None = None,
    ) -> bool:
        if not jobs:
            self.log.error(f"{key}: no job was given")
            return False
        if jobs[1:]:
            self.log.warn(f"{key}: only for {jobs[0]}, not for {', '.join(jobs[1:])}")
        if properties is None:
            return self._done(key, queries.job(jobs[0]))
        return self._done(key, queries.job_modify(jobs[0], properties))

    def _log_failure(self, key: str, failure: UrlFailure) -> None:
        initial = key == "getCluster" and self.id == CLOUD_NATIVE
        if not (initial and isinstance(failure, MissingFile)):
            self.log.error(f"{key}: {failure}")
        elif not self._told_missing:
            # Nobody made this plug-in: without the file it has nothing to report.
            self._told_missing = True
            self.log.info(f"{key}: {failure}")


class NativeProject:
    """The project of the type."""

    title = "Native"
    description = "Nodes, virtual machines and jobs from files, scripts and URLs."
    version = "1.3"
    mwsVersion = "7.1.4 > *"
    commonsVersion = "0.9.4 > *"
    license = "GPLv2"

    def initialPlugins(self, appConfig: ConfigObject, suite: Suite) -> dict[str, Any]:
        """In the suite Cloud, the nodes of ``etc/nodes.txt`` in the home of MWS."""
        if suite is not Suite.CLOUD:
            return {}
        home = quote(str(appConfig.mws.home.location))
        return {
            CLOUD_NATIVE: {
                "pluginType": "Native",
                "pollInterval": 30,
                "config": {"getCluster": f"file://{home}/etc/nodes.txt"},
            }
        }
