"""The API keeps what its own description promises, whatever is sent.

Each operation of ``openapi.json`` is called over HTTP, with data that fit its schemas and
with data that do not; the same data each time.
"""

from collections import defaultdict
from hypothesis import given
from hypothesis import HealthCheck
from hypothesis import Phase
from hypothesis import settings
from pathlib import Path
from schemathesis import GenerationMode
from schemathesis import openapi
from schemathesis.specs.openapi import checks
from tempfile import TemporaryDirectory
from tests.rest.case import RestTestCase
from tests.rest.workload_objects import add_nodes
from tests.rest.workload_objects import add_vms
from tests.sites import ADMIN
import os
import requests


#: How many calls of each operation and of either kind.
EXAMPLES = 8

#: Not among them: that all be refused that does not fit. Clients may send more than we
#: know, and real ones do.
PROMISES = (checks.status_code_conformance, checks.content_type_conformance)

SETTINGS = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    # What has failed is not made smaller: that takes long, and the call is shown anyway.
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)

#: Objects that ids in paths name, so that not all of them are of nothing.
OBJECTS = {
    "images": {"osType": "linux", "hypervisor": False, "supportsVirtualMachine": True},
    "principals": {},
    "reports": {"datapointDuration": 60, "reportSize": 5},
    "roles": {},
    "service-templates": {"type": "container"},
}

#: An ACL rule of the objects that have some.
RULE = {"type": "USER", "value": "amy"}


class TestPromises(RestTestCase):
    def setUp(self):
        super().setUp()
        self.schema = openapi.from_url(f"{self.base}/openapi.json")
        self.session = requests.Session()
        self.addCleanup(self.session.close)
        self.calls = 0

    def test_data_that_fit(self):
        self.try_all(GenerationMode.POSITIVE)

    def test_data_that_do_not_fit(self):
        self.try_all(GenerationMode.NEGATIVE)

    def test_objects_that_are_there(self):
        keys = self.add_objects()
        operations = self.operations()
        # So long the objects stay there.
        operations.sort(key=lambda operation: operation.method == "delete")
        for operation in operations:
            given = {"key": keys[operation.path.split("/")[1]], "rule": "USER:amy"}
            names = {parameter.name for parameter in operation.path_parameters}
            if names and names <= set(given):
                named = {name: given[name] for name in names}
                with self.subTest(operation=operation.label):
                    self.try_out(operation, GenerationMode.POSITIVE, named)
        self.assertGreater(self.calls, EXAMPLES)

    def add_objects(self):
        """Objects of many resources; their ids, "0" where a client may choose."""
        for name, body in OBJECTS.items():
            self.made(name, {**body, "name": "0"})
        add_nodes("0")
        add_vms("0")
        with TemporaryDirectory() as folder:
            os.chmod(folder, 0o755)
            script = Path(folder) / "run.sh"
            script.write_text("#!/bin/sh\n")
            script.chmod(0o644)
            job = self.made("jobs", {"commandFile": str(script)})["id"]
        nodes = {"hostListExpression": "0", "aclRules": [RULE]}
        reservation = self.made("reservations", nodes)["id"]
        container = self.made("vcs", {})["id"]
        self.put(f"vcs/{container}/acl-rules", {"aclRules": [RULE]})
        return defaultdict(
            lambda: "0",
            jobs=job,
            policies="node-allocation",
            reservations=reservation,
            vcs=container,
        )

    def operations(self):
        found = [operation.ok() for operation in self.schema.get_all_operations()]
        self.assertGreater(len(found), 30)
        return found

    def try_all(self, mode):
        for operation in self.operations():
            with self.subTest(operation=operation.label):
                self.try_out(operation, mode)
        self.assertGreater(self.calls, EXAMPLES)

    def try_out(self, operation, mode, path_parameters=None):
        @SETTINGS
        @given(operation.as_strategy(mode, path_parameters=path_parameters))
        def calls(case):
            # Waiting for an event that does not come takes its time.
            if isinstance(case.query, dict):
                case.query.pop("wait", None)
            self.calls += 1
            response = case.call(
                base_url=self.base, session=self.session, auth=ADMIN, timeout=30
            )
            said = f"{case.as_curl_command()}\n{response.status_code} {response.text}"
            self.assertLess(response.status_code, 500, said)
            if response.status_code >= 400:
                self.assert_messages(response.json(), said)
            promises = [*PROMISES]
            if not {"fields", "exclude-fields"} & set(case.query or {}):
                promises.append(checks.response_schema_conformance)
            case.validate_response(response, checks=promises)

        calls()

    def assert_messages(self, body, said):
        self.assertEqual(list(body), ["messages"], said)
        self.assertTrue(body["messages"], said)
        for message in body["messages"]:
            self.assertIsInstance(message, str, said)
            self.assertTrue(message.strip(), said)
