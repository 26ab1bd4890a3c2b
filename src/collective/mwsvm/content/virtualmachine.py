"""The VirtualMachine: what an editor describes, and what the seed asks of it."""

from AccessControl import ClassSecurityInfo
from AccessControl.class_init import InitializeClass
from collective.mwsvm import _
from collective.mwsvm import site
from collective.mwsvm.cloud.ec2 import CloudError
from collective.mwsvm.content import fleet
from collective.mwsvm.models.dates import iso
from collective.mwsvm.models.machines import MachineRecord
from collective.mwsvm.models.machines import MachineState
from collective.mwsvm.workload import machines
from collective.mwsvm.workload import records
from plone import api
from plone.autoform import directives
from plone.dexterity.content import Container
from plone.supermodel import model
from plone.uuid.interfaces import IUUID
from zope import schema
from zope.interface import implementer
from zope.interface import provider
from zope.schema.interfaces import IContextAwareDefaultFactory
import hmac
import secrets
import string


def _first(name):
    @provider(IContextAwareDefaultFactory)
    def default(context):
        return next(iter(site.setting(name) or ()), None)

    return default


class IVirtualMachine(model.Schema):
    """A virtual machine on EC2, or any machine that runs the agent."""

    region_list = schema.Choice(
        title=_("Region"),
        description=_("The AWS region to start the machine in."),
        vocabulary="collective.mwsvm.regions",
        defaultFactory=_first("regions"),
    )
    instance_type_list = schema.Choice(
        title=_("Instance type"),
        vocabulary="collective.mwsvm.instance_types",
        defaultFactory=_first("instance_types"),
    )
    machineImage = schema.TextLine(
        title=_("Machine image"),
        description=_(
            "The id of the Amazon Machine Image (AMI) to start, such as "
            "ami-0123456789abcdef0. It must have Python 3.6 or newer and cloud-init."
        ),
    )
    accessKey = schema.TextLine(
        title=_("AWS access key"),
        description=_("Leave both keys empty where the server has a role of its own."),
        required=False,
        default="",
    )
    secretKey = schema.Password(
        title=_("AWS secret key"),
        description=_("It is never shown again."),
        required=False,
        default="",
    )

    model.fieldset(
        "launch",
        label=_("Launch options"),
        fields=[
            "subnet",
            "security_groups",
            "key_name",
            "instance_profile",
            "spot",
            "keep_disk",
        ],
    )
    subnet = schema.TextLine(
        title=_("Subnet"),
        description=_("subnet-...; empty for the default one."),
        required=False,
        default="",
    )
    security_groups = schema.List(
        title=_("Security groups"),
        description=_("Ids (sg-...), one a line; none for the default one."),
        value_type=schema.TextLine(),
        required=False,
        defaultFactory=list,
    )
    key_name = schema.TextLine(
        title=_("Key pair"),
        description=_("The name of the EC2 key pair that may log in."),
        required=False,
        default="",
    )
    instance_profile = schema.TextLine(
        title=_("Instance profile"),
        description=_("The name or ARN of the role that jobs on the machine have."),
        required=False,
        default="",
    )
    spot = schema.Bool(
        title=_("Spot instance"),
        description=_("Try the spot market first, and start on demand if it has none."),
        required=False,
        default=False,
    )
    keep_disk = schema.Bool(
        title=_("Keep the disk"),
        description=_(
            "Stop the instance rather than terminate it. Its image must start the agent "
            "at every boot."
        ),
        required=False,
        default=False,
    )

    directives.omitted("monitorAuthToken", "lastAccessTime")
    directives.read_permission(
        monitorAuthToken="collective.mwsvm.ViewToken",
        accessKey="cmf.ModifyPortalContent",
        secretKey="cmf.ModifyPortalContent",
    )
    monitorAuthToken = schema.TextLine(
        title=_("Monitor token"),
        description=_("The monitor script shows it with every call. Made by the site."),
        required=False,
        readonly=True,
    )
    lastAccessTime = schema.TextLine(
        title=_("Last contact"),
        description=_("When the monitor script last called."),
        required=False,
        readonly=True,
    )


@implementer(IVirtualMachine)
class VirtualMachine(Container):
    """A machine. Its state is that of its record in the MWS database.

    It may contain jobs; in an unordered folder ten thousand of them cost nothing.
    """

    security = ClassSecurityInfo()
    _ordering = "unordered"
    monitorAuthToken = ""

    # -- what the record says; all of it is read only

    @property
    def record(self) -> MachineRecord | None:
        """The machine's record; None before the machine has been added to a site."""
        with site.database().reading() as connection:
            return machines.find(connection, IUUID(self))

    def _from_record(self, name: str, default):
        record = self.record
        return default if record is None else getattr(record, name)

    @property
    def vm_status(self) -> str:
        """unevaluated, starting, running, stopping, stopped or failed."""
        return str(self._from_record("status", MachineState.UNEVALUATED))

    @property
    def vm_status_reason(self) -> str:
        """Why it is in that state: a sentence, or nothing."""
        return self._from_record("reason", "")

    @property
    def current_job(self) -> str | None:
        """The name of the job that runs on the machine now."""
        with site.database().reading() as connection:
            job = records.running_on(connection, IUUID(self))
        return None if job is None else job.name

    @property
    def running_vm_id(self) -> str | None:
        """The id of the EC2 reservation that the machine was started with."""
        return self._from_record("reservation_id", "") or None

    @property
    def instance_id(self) -> str | None:
        """The id of the EC2 instance."""
        return self._from_record("instance_id", "") or None

    def _heartbeat(self):
        with site.database().reading() as connection:
            return machines.heartbeat(connection, IUUID(self))

    @property
    def lastAccessTime(self) -> str | None:
        """When the monitor script last called, in UTC and ISO 8601."""
        contact = self._heartbeat().last_contact
        return None if contact is None else iso(contact)

    @property
    def test_vm_hash(self) -> str | None:
        """What was given to the agent to bring back, while a test of the way is on."""
        return self._heartbeat().test_hash or None

    @property
    def last_test_response_time(self) -> float | None:
        """How many seconds the agent took in the last test that it answered."""
        return self._heartbeat().response_time

    #: The seed spells it so.
    last_test_respone_time = last_test_response_time

    # -- the seed's methods

    @security.private
    def get_next_key(self) -> str:
        """The machine's own monitorAuthToken."""
        return self.monitorAuthToken

    @security.private
    def get_status(self) -> str:
        """The machine's own status."""
        return self.vm_status

    @security.protected("View")
    def getTitle(self) -> str:
        """The machine's own title."""
        return self.title

    @security.private
    def getInstanceStatus(self) -> str:
        """The instance's state as EC2 has it now, or ``none`` if there is no instance.

        Asks EC2: not for use within a web request. Raises `CloudError`.
        """
        if not self.instance_id:
            return "none"
        found = fleet.ec2(fleet.account_of(self)).describe([self.instance_id])
        return found[self.instance_id].state if found else "terminated"

    @security.private
    def get_monitor_key(self) -> str:
        """A new random token: 10 lower case letters and digits."""
        alphabet = string.ascii_lowercase + string.digits
        return "".join(secrets.choice(alphabet) for _ in range(10))

    @security.private
    def regenerate_token(self) -> str:
        """Replace the token: from now on an agent with the old one is turned away."""
        self.monitorAuthToken = self.get_monitor_key()
        return self.monitorAuthToken

    @security.private
    def is_authorized_monitor(self, hashkey) -> bool:
        """Whether this is the machine's token. Takes the same time for any wrong one."""
        token = self.monitorAuthToken or ""
        given = str(hashkey or "").encode("utf-8", "replace")
        return bool(token) and hmac.compare_digest(token.encode(), given)

    @security.private
    def find_next_job(self, catalog):
        """The Job content that is queued for this machine and next in turn, or None.

        By priority, then by least recent modification, among the jobs for this machine
        and those for any: the order of the queue. One query; no object but the answer
        is woken.
        """
        found = catalog.unrestrictedSearchResults(
            portal_type="Job",
            review_state="queued",
            mwsvm_machine=[IUUID(self), ""],
            sort_on="mwsvm_queue_order",
            sort_limit=1,
        )[:1]
        return found[0]._unrestrictedGetObject() if found else None

    @security.private
    def start_machine(self, job_context, job=None, sleep=None) -> bool:
        """Start the machine on EC2 and wait until its reservation is pending no more.

        ``job_context`` is any object of the site whose URL machines can reach; ``job``,
        if it is a draft, is queued for this machine first. Looks at the reservation
        every 10 seconds and commits in between, so it is for scripts and never for use
        within a web request: the button on the page only asks for the start, and the
        worker carries on. Returns True; raises `CloudError` when EC2 refuses, `Conflict`
        when the machine lives already.
        """
        if job is not None and api.content.get_state(job) == "draft":
            job.virtual_machine = IUUID(self)
            api.content.transition(job, "queue")
        fleet.request_start(self, job_context)
        record = fleet.carry_to_the_end(self, sleep)
        if record.status == MachineState.FAILED:
            raise CloudError(record.reason)
        return True


InitializeClass(VirtualMachine)
