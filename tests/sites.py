"""What the tests of a site have in common: machines, jobs, people."""

from collective.mwsvm import site
from collective.mwsvm.database.tables import jobs
from collective.mwsvm.interfaces import ISiteClock
from collective.mwsvm.testing import FUNCTIONAL_TESTING
from collective.mwsvm.testing import INTEGRATION_TESTING
from collective.mwsvm.workload import records
from contextlib import contextmanager
from plone import api
from plone.app.testing import login
from plone.app.testing import setRoles
from plone.app.testing import SITE_OWNER_NAME
from plone.app.testing import SITE_OWNER_PASSWORD
from plone.app.testing import TEST_USER_ID
from plone.app.testing import TEST_USER_NAME
from plone.uuid.interfaces import IUUID
from sqlalchemy import update
from tests.conftest import Clock
from zope.annotation.interfaces import IAnnotations
from zope.component import getGlobalSiteManager
from zope.component import provideUtility
import requests
import transaction
import unittest


#: Good for every person that a test makes.
PASSWORD = "correct-horse-9"

ADMIN = (SITE_OWNER_NAME, SITE_OWNER_PASSWORD)


class Site:
    """A Manager on a site of their own, with a clock that stands still."""

    def setUp(self):
        self.portal = self.layer["portal"]
        setRoles(self.portal, TEST_USER_ID, ["Manager"])
        self.workflow = api.portal.get_tool("portal_workflow")
        self.clock = Clock()
        provideUtility(self.clock, ISiteClock)
        self.addCleanup(
            getGlobalSiteManager().unregisterUtility, self.clock, ISiteClock
        )

    # -- content

    def add_machine(self, title="vm1", container=None, **values):
        values.setdefault("region_list", "us-east-1")
        values.setdefault("instance_type_list", "t1.micro")
        values.setdefault("machineImage", "ami-1")
        return api.content.create(
            container or self.portal, "VirtualMachine", title, title=title, **values
        )

    def add_job(self, state="draft", container=None, **values):
        """A job in any state, brought there by what leads there in life."""
        self.clock.forward(1)
        values.setdefault("title", "job")
        values.setdefault("start_string", "echo hello")
        job = api.content.create(
            container or self.portal, "Job", safe_id=True, **values
        )
        self.bring(job, state)
        return job

    def bring(self, job, state):
        if state == "draft":
            return
        self.act(job, "queue")
        if state == "queued":
            return
        if state in ("held", "cancelled"):
            self.act(job, {"held": "hold", "cancelled": "cancel"}[state])
            return
        self.claim(job)
        if state == "suspended":
            self.act(job, "suspend")
        elif state in ("finished", "failed"):
            self.report(job, state.capitalize())

    def claim(self, job, machine=None):
        """A machine gets the job; it must be the next one in turn for it."""
        machine = machine or job.machine() or f"machine-of-{job.getId()}"
        with site.database().writing() as connection:
            found = site.queue(connection, "machine").claim(machine)
        assert found.content == IUUID(job), "another job was next"
        return found

    def report(self, job, status, **values):
        record = self.record(job)
        with site.database().writing() as connection:
            queue = site.queue(connection, "machine")
            return queue.report(record, record.attempt, status, **values)

    def add_log(self, job, data, size=0):
        record = self.record(job)
        with site.database().writing() as connection:
            site.queue(connection).logs.add(record, 0, data, size)

    def act(self, job, transition, comment=""):
        self.workflow.doActionFor(job, transition, comment=comment)

    def state(self, job):
        return api.content.get_state(job)

    def record(self, job):
        with site.database().reading() as connection:
            return records.of_content(connection, IUUID(job))

    def record_named(self, name):
        with site.database().reading() as connection:
            return records.get(connection, name)

    def set_record(self, job, **values):
        """Behind the content's back, as a crash can do it."""
        with site.database().writing() as connection:
            connection.execute(
                update(jobs).where(jobs.c.content == IUUID(job)).values(**values)
            )

    def history(self, job):
        return job.workflow_history["mwsvm_job_workflow"]

    def everything(self, job):
        """All that a refused transition must leave as it is."""
        catalog = api.portal.get_tool("portal_catalog")
        (brain,) = catalog.unrestrictedSearchResults(UID=IUUID(job))
        return (
            self.state(job),
            brain.review_state,
            self.history(job),
            self.record(job),
        )

    # -- people

    def add_person(self, name, *roles, on=None):
        """A member of the site, with more roles on the site or on some content."""
        api.user.create(
            email=f"{name}@example.org",
            username=name,
            password=PASSWORD,
            roles=("Member", *(roles if on is None else ())),
        )
        if on is not None:
            self.give(name, on, *roles)
        return name

    def give(self, name, content, *roles):
        content.manage_setLocalRoles(name, list(roles))
        # A request remembers what roles it has found.
        annotations = IAnnotations(self.layer["request"])
        for key in [key for key in annotations if "Roles" in str(key)]:
            del annotations[key]
        content.reindexObjectSecurity()

    @contextmanager
    def logged_in(self, name):
        login(self.portal, name)
        try:
            yield
        finally:
            login(self.portal, TEST_USER_NAME)


class SiteTestCase(Site, unittest.TestCase):
    """Without HTTP, and without a commit."""

    layer = INTEGRATION_TESTING


# Not a subclass of the class above: pytest would set up the layers of both.
class HttpTestCase(Site, unittest.TestCase):
    """The same over HTTP."""

    layer = FUNCTIONAL_TESTING

    def setUp(self):
        super().setUp()
        self.url = self.portal.absolute_url()

    def auth(self, who):
        if who is None or isinstance(who, tuple):
            return who
        return (who, PASSWORD)

    def request(self, method, url, who=ADMIN, accept="text/html", **options):
        """A request as a person, None for a visitor, with what the site has now."""
        transaction.commit()
        headers = {"Accept": accept, **options.pop("headers", {})}
        options.setdefault("allow_redirects", False)
        reply = requests.request(
            method,
            url if url.startswith("http") else f"{self.url}/{url}",
            auth=self.auth(who),
            headers=headers,
            timeout=60,
            **options,
        )
        transaction.begin()
        # A request remembers the settings that it has read.
        self.layer["request"].other.pop("_plone_registry_cache", None)
        return reply

    def rest(self, method, url, who=ADMIN, json=None, **options):
        """A request to plone.restapi."""
        return self.request(
            method, url, who, accept="application/json", json=json, **options
        )

    def bare_post(self, url, who=ADMIN):
        """A POST to plone.restapi, without a word to this thread's transaction."""
        headers = {"Accept": "application/json"}
        return requests.post(url, auth=self.auth(who), headers=headers, timeout=60)
