"""Guide 4.17: policies."""

from tests.rest.documentation.case import DocumentationTestCase


MIGRATION = "policies/auto-vm-migration"
OVERCOMMIT = "policies/hv-allocation-overcommit"
ALLOCATION = "policies/node-allocation"
EXCLUSION = "policies/migration-exclusion-list"

#: What all four samples of the guide have in common.
COMMON = {
    "conflicted": False,
    "potentialConflicts": [],
    "state": "DISABLED",
    "tags": [],
    "types": [],
    "version": 0,
}

SHOWN_MIGRATION = {
    **COMMON,
    "description": "Controls how virtual machines are automatically migrated.",
    "id": "auto-vm-migration",
    "name": "Auto VM Migration",
    "priority": 1,
    "genericMetricThresholds": {"GMETRIC1": 1.3},
    "processorUtilizationThreshold": 0.5,
    "memoryUtilizationThreshold": 0.4,
}

SHOWN_OVERCOMMIT = {
    **COMMON,
    "description": (
        "Controls how hypervisors are overallocated with regards to processors and memory."
    ),
    "id": "hv-allocation-overcommit",
    "name": "Hypervisor Allocation Overcommit",
    "priority": 2,
    "processorAllocationLimit": 29.5,
    "memoryAllocationLimit": 1.2,
}

SHOWN_ALLOCATION = {
    **COMMON,
    "description": "Controls how nodes are selected for workload placement.",
    "id": "node-allocation",
    "name": "Node Allocation",
    "priority": 3,
    "nodeAllocationAlgorithm": "CustomPriority",
    "customPriorityFunction": "100*RSVAFFINITY - GMETRIC[numvms]",
}

SHOWN_EXCLUSION = {
    **COMMON,
    "description": (
        "Controls which machines are excluded from automatic live migration operations."
    ),
    "hvExclusionList": ["blade05", "blade02"],
    "name": "Migration Exclusion List",
    "priority": 100,
    "vmExclusionList": ["vm1", "vm5"],
    "id": "migration-exclusion-list",
}

#: "Enable the Auto VM Migration Policy and set values."
ENABLE = {
    "state": "enabled",
    "migrationAlgorithmType": "overcommit",
    "processorUtilizationThreshold": 0.5,
    "memoryUtilizationThreshold": 0.4,
}

MODIFY_MIGRATION = {
    "genericMetricThresholds": {"GENERICTHRESHOLD": 5},
    "memoryUtilizationThreshold": 0.5,
    "processorUtilizationThreshold": 0.4,
}

MODIFY_ALLOCATION = {
    "nodeAllocationAlgorithm": "CustomPriority",
    "customPriorityFunction": "100*RSVAFFINITY - GMETRIC[numvms]",
}

MODIFY_EXCLUSION = {
    "vmExclusionList": ["vm1", "vm3", "vm5"],
    "hvExclusionList": ["hv2", "hv3", "hv6"],
}


class TestPolicies(DocumentationTestCase):
    def has_been_set(self, path, shown):
        """A policy with the sample's values that is disabled, as the sample is."""
        names = [name for name in shown if name not in COMMON]
        given = {name: shown[name] for name in names}
        if path == MIGRATION:
            given["migrationAlgorithmType"] = "OVERCOMMIT"
        for change in ({**given, "state": "ENABLED"}, {"state": "DISABLED"}):
            response = self.put(path, change)
            self.assertEqual(response.status_code, 200, response.text)

    def test_get_all(self):
        path = "policies?fields=id,state,conflicted"
        reply = self.example("policies-list", "GET", path)
        # The guide's has a wrong number of them.
        self.assertEqual((reply["totalCount"], reply["resultCount"]), (4, 4))
        self.assertEqual(
            reply["results"],
            [
                {"conflicted": False, "state": "DISABLED", "id": id}
                for id in (
                    "auto-vm-migration",
                    "hv-allocation-overcommit",
                    "node-allocation",
                    "migration-exclusion-list",
                )
            ],
        )

    def test_query_and_sort(self):
        self.put(OVERCOMMIT, {"state": "ENABLED"})
        query = 'policies?query={"state":"DISABLED","conflicted":"false"}&fields=id'
        reply = self.example("policies-query", "GET", query)
        self.assertEqual(reply["totalCount"], 3)
        path = 'policies?sort={"id":-1}&fields=id'
        reply = self.example("policies-sort", "GET", path)
        ids = [policy["id"] for policy in reply["results"]]
        self.assertEqual(ids, sorted(ids, reverse=True))

    def test_get_auto_vm_migration(self):
        self.has_been_set(MIGRATION, SHOWN_MIGRATION)
        reply = self.example(
            "policies-show-migration",
            "GET",
            MIGRATION,
            show=("X-Moab-Status", "X-Moab-Code"),
        )
        self.assert_like(reply, SHOWN_MIGRATION)

    def test_get_hypervisor_allocation_overcommit(self):
        self.has_been_set(OVERCOMMIT, SHOWN_OVERCOMMIT)
        reply = self.example("policies-show-overcommit", "GET", OVERCOMMIT)
        self.assert_like(reply, SHOWN_OVERCOMMIT)

    def test_get_node_allocation(self):
        self.has_been_set(ALLOCATION, SHOWN_ALLOCATION)
        reply = self.example("policies-show-allocation", "GET", ALLOCATION)
        self.assert_like(reply, SHOWN_ALLOCATION)

    def test_get_migration_exclusion_list(self):
        self.has_been_set(EXCLUSION, SHOWN_EXCLUSION)
        reply = self.example("policies-show-exclusion", "GET", EXCLUSION)
        self.assert_like(reply, SHOWN_EXCLUSION)

    def test_enable_and_set_values(self):
        reply = self.example("policies-enable", "PUT", MIGRATION, ENABLE)
        self.assertEqual(reply, {"messages": ["Policy auto-vm-migration updated"]})
        shown = self.get(MIGRATION).json()
        self.assertEqual(shown["state"], "ENABLED")
        self.assertEqual(shown["migrationAlgorithmType"], "OVERCOMMIT")

    def test_modify_auto_vm_migration(self):
        self.put(MIGRATION, ENABLE)
        name = "policies-modify-migration"
        reply = self.example(name, "PUT", MIGRATION, MODIFY_MIGRATION)
        self.assertEqual(reply, {"messages": ["Policy auto-vm-migration updated"]})
        shown = self.get(MIGRATION).json()
        self.assertEqual(shown["genericMetricThresholds"], {"GENERICTHRESHOLD": 5})

    def test_modify_node_allocation(self):
        self.put(ALLOCATION, {"state": "ENABLED"})
        name = "policies-modify-allocation"
        reply = self.example(name, "PUT", ALLOCATION, MODIFY_ALLOCATION)
        self.assertEqual(reply, {"messages": ["Policy node-allocation updated"]})
        self.assert_like(self.get(ALLOCATION).json(), MODIFY_ALLOCATION)

    def test_modify_the_exclusion_lists(self):
        self.put(EXCLUSION, {"state": "ENABLED"})
        name = "policies-modify-exclusion"
        reply = self.example(name, "PUT", EXCLUSION, MODIFY_EXCLUSION)
        messages = ["Policy migration-exclusion-list updated"]
        self.assertEqual(reply, {"messages": messages})
        self.assert_like(self.get(EXCLUSION).json(), MODIFY_EXCLUSION)
        path = f"{EXCLUSION}?change-mode=add"
        self.example("policies-modify-add", "PUT", path, {"vmExclusionList": ["vm7"]})
        path = f"{EXCLUSION}?change-mode=remove"
        body = {"vmExclusionList": ["vm3"]}
        self.example("policies-modify-remove", "PUT", path, body)
        shown = self.get(EXCLUSION).json()
        self.assertEqual(shown["vmExclusionList"], ["vm1", "vm5", "vm7"])

    def test_restrictions(self):
        body = {"processorUtilizationThreshold": 0.5}
        name = "policies-modify-disabled"
        self.example(name, "PUT", MIGRATION, body, status=400)
        name = "policies-modify-none"
        self.example(name, "PUT", MIGRATION, {"state": "enabled"}, status=400)
        self.put(MIGRATION, {**ENABLE, **MODIFY_MIGRATION})
        body = {"genericMetricThresholds": {"GENERICTHRESHOLD": None}}
        name = "policies-modify-metric"
        self.example(name, "PUT", MIGRATION, body, status=400)
