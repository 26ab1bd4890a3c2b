"""``/rest/pending-actions`` (guide 4.13)."""

from tests.rest.job_documents import JobDocuments
from tests.rest.plugins import PluginTestCase


JOBS = (
    {"name": "vmcreate-27", "systemJobType": "vmcreate"},
    {"name": "Moab.1", "templates": [{"name": "genericVM-migrate"}]},
    {"name": "Moab.2", "templates": [{"name": "myCustomVM-setup"}]},
    {"name": "Moab.3"},
    {"name": "vmdestroy-1", "systemJobType": "vmdestroy", "isActive": False},
)

TEMPLATES = "[myCustomVM-setup]\ngenericSystemJob = true\n"


class TestPendingActions(JobDocuments, PluginTestCase):
    def setUp(self):
        super().setUp()
        (self.home / "job-templates.toml").write_text(TEMPLATES)

    def types(self, **parameters):
        response = self.get("pending-actions", params=parameters)
        self.assertEqual(response.status_code, 200, response.text)
        results = response.json()["results"]
        return {item["id"]: item["pendingActionType"] for item in results}

    def test_without_jobs_there_are_none(self):
        self.assertEqual(self.types(), {})

    def test_active_jobs_of_the_system_are_pending_actions(self):
        self.add_jobs(*JOBS)
        expected = {
            "vmcreate-27": "VMCREATE",
            "Moab.1.genericVM-migrate": "VMMIGRATE",
            "Moab.2.myCustomVM-setup": "GENERIC",
        }
        for version in (1, 2):
            self.assertEqual(self.types(**{"api-version": version}), expected)
        found = self.types(query='{"pendingActionType":"VMCREATE"}')
        self.assertEqual(found, {"vmcreate-27": "VMCREATE"})

    def test_the_configuration_maps_more(self):
        self.add_jobs(*JOBS)
        self.configure('mws.pendingActions.mappings.myCustomVM-setup = "vmcreate"\n')
        self.assertEqual(self.types()["Moab.2.myCustomVM-setup"], "VMCREATE")

    def test_generic_ones_can_be_left_out(self):
        self.add_jobs(*JOBS)
        self.configure("mws.pendingActions.displayGeneric = false\n")
        self.assertEqual(
            list(self.types()), ["vmcreate-27", "Moab.1.genericVM-migrate"]
        )
