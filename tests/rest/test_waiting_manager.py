"""Operations that ask a workload manager which has to wait for another server."""

from collective.mwsvm import site
from tests.rest.case import RestTestCase
from tests.rest.workload_objects import add_nodes
from unittest import mock


class Waiting:
    """A manager with transactions of its own: as long as another has one, it fails.

    What it does is what the embedded one does.
    """

    waits = True

    def __init__(self, make, connection, *caller):
        self.make, self.caller = make, caller
        self.facts = make(connection, *caller).facts

    @property
    def jobs(self):
        return Part(self, "jobs")

    @property
    def reservations(self):
        return Part(self, "reservations")


class Part:
    prefix = "Moab"

    def __init__(self, manager, name):
        self.manager, self.name = manager, name

    def __getattr__(self, method):
        def act(*arguments):
            with site.database().transaction() as connection:
                made = self.manager.make(connection, *self.manager.caller)
                return getattr(getattr(made, self.name), method)(*arguments)

        return act


class TestWaitingManager(RestTestCase):
    """On SQLite whoever waits with a transaction open keeps all others from writing."""

    def setUp(self):
        super().setUp()
        make = site.manager
        for name, value in (
            ("manager", lambda *given: Waiting(make, *given)),
            ("manager_waits", lambda: True),
        ):
            patcher = mock.patch.object(site, name, value)
            patcher.start()
            self.addCleanup(patcher.stop)

    def submit(self, **given):
        return self.made("jobs", {"commandFile": "/bin/true", **given})["id"]

    def shown(self, path):
        return self.get(f"{path}?api-version=2").json()

    def events(self, kind):
        found = self.get("events?sort={id:1}").json()["results"]
        return [each["eventType"] for each in found if each["facility"] == kind]

    def test_jobs_are_submitted_changed_and_ended(self):
        name = self.submit()
        response = self.put(f"jobs/{name}?proxy-user=bob", {"variables": {"a": "b"}})
        self.assertEqual(
            response.json(), {"messages": ["Variables modified successfully"]}
        )
        self.assertEqual(self.shown(f"jobs/{name}")["variables"], {"a": "b"})
        self.put(f"jobs/{name}/hold", {"holds": ["User"]})
        self.assertEqual(self.shown(f"jobs/{name}")["states"]["state"], "UserHold")
        self.assertEqual(self.delete(f"jobs/{name}").status_code, 200)
        self.assertEqual(self.shown(f"jobs/{name}")["isActive"], False)
        self.assertEqual(
            self.events("job"), ["jobsubmit", "jobmodify", "jobhold", "jobcancel"]
        )

    def test_arrays_are_submitted(self):
        prototype = {"commandFile": "/bin/true"}
        body = {"indexValues": [1, 2], "jobPrototype": prototype}
        name = self.made("job-arrays", body)["id"]
        self.assertEqual(self.shown(f"jobs/{name}[2]")["arrayMasterName"], name)

    def test_reservations_are_made_changed_and_released(self):
        add_nodes("n1")
        id = self.made("reservations", {"hostListExpression": "n1"})["id"]
        path = f"reservations/{id}"
        response = self.put(f"{path}?change-mode=add", {"variables": {"a": "b"}})
        self.assertEqual(response.status_code, 200, response.text)
        self.assertEqual(self.shown(path)["variables"], {"a": "b"})
        self.assertEqual(self.delete(path).status_code, 200)
        self.assertEqual(self.get(path).status_code, 404)
        self.assertEqual(self.events("rsv"), ["rsvcreate", "rsvmodify", "rsvcancel"])

    def test_refusals_are_told_as_ever(self):
        for path in ("jobs/Moab.99", "jobs/99", "reservations/x.9"):
            body = {"variables": {"a": "b"}}
            self.assert_refused(self.put(path, body), 404, "was not found")
            self.assert_refused(self.delete(path), 404, "was not found")
        self.assert_refused(self.post("jobs", {}), 400, "commandFile")
        name = self.submit()
        self.assert_refused(self.put(f"jobs/{name}/resume"), 400, name)
        self.assert_refused(self.put(f"jobs/{name}/checkpoint"), 405, "checkpoint")

    def test_names_are_read_within_the_call(self):
        self.submit(account="physics")
        found = self.results("credentials/accounts", api_version=2)
        self.assertEqual(found, ["physics"])
