"""Guide 4.8 and 4.9: jobs over HTTP."""

from collective.mwsvm import site
from collective.mwsvm.workload import records
from pathlib import Path
from tempfile import TemporaryDirectory
from tests.rest.case import RestTestCase
from unittest import mock
import os
import subprocess
import transaction


class JobTestCase(RestTestCase):
    def setUp(self):
        super().setUp()
        folder = TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        os.chmod(folder.name, 0o755)
        self.script = f"{folder.name}/test.sh"
        with open(self.script, "w") as file:
            file.write("#!/bin/sh\necho hello\n")
        os.chmod(self.script, 0o644)

    def submit(self, version=2, **body):
        return self.made(
            f"jobs?api-version={version}", {"commandFile": self.script, **body}
        )

    def job(self, name, version=2):
        response = self.get(f"jobs/{name}?api-version={version}")
        self.assertEqual(response.status_code, 200, response.text)
        return response.json()


class TestSubmission(JobTestCase):
    def test_a_job_is_submitted_shown_and_cancelled(self):
        response = self.post("jobs?api-version=2", {"commandFile": self.script})
        self.assertEqual(response.status_code, 201, response.text)
        (name,) = response.json().values()
        self.assertEqual(response.json(), {"name": name})
        self.assertEqual(response.headers["Location"], f"{self.base}/jobs/{name}")
        self.assertEqual(response.headers["X-Moab-Status"], "Success")
        self.assertEqual(response.headers["X-Moab-Code"], "000")
        shown = self.job(name)
        self.assertEqual(shown["states"]["state"], "Idle")
        self.assertTrue(shown["isActive"])
        self.assertEqual(shown["commandFile"], self.script)
        response = self.delete(f"jobs/{name}?api-version=2")
        self.assertEqual((response.status_code, response.json()), (200, {}))
        shown = self.job(name)
        self.assertEqual(shown["states"]["state"], "Removed")
        self.assertFalse(shown["isActive"])

    def test_version_1_has_other_words(self):
        response = self.post("jobs", {"commandFile": self.script, "name": "mine"})
        name = response.json()["id"]
        shown = self.get(f"jobs/{name}").json()
        self.assertEqual((shown["id"], shown["name"]), (name, "mine"))
        self.assertEqual(shown["state"], "IDLE")

    def test_the_job_is_run_by_the_agent_of_any_machine(self):
        name = self.submit(variables={"a": "it's"}, commandLineArguments="-x 'a b'")[
            "name"
        ]
        with site.database().writing() as connection:
            queue = site.queue(connection, "test")
            record = queue.claim("machine-1")
        transaction.commit()
        self.assertEqual(record.name, name)
        self.assertIn("echo hello", record.start_string)
        shown = self.job(name)
        self.assertEqual(shown["states"]["state"], "Running")
        self.assertEqual(shown["queueStatus"], "active")
        self.assertIsNotNone(shown["dates"]["startDate"])
        self.clock.forward(7)
        with site.database().writing() as connection:
            queue = site.queue(connection, "test")
            queue.report(record, record.attempt, "Finished", 0)
        transaction.commit()
        shown = self.job(name)
        self.assertEqual(shown["states"]["state"], "Completed")
        self.assertEqual((shown["completionCode"], shown["durationActive"]), (0, 7))
        self.assertEqual(
            self.results("events", "eventType", sort={"id": 1}),
            ["jobsubmit", "jobstart", "jobend"],
        )

    def test_the_script_runs_as_the_client_wants(self):
        folder = Path(self.script).parent
        (folder / "args.sh").write_text('#!/bin/sh\necho "$1|$2|$NAME|$PWD"\nexit 3\n')
        os.chmod(folder / "args.sh", 0o644)
        self.submit(
            commandFile=str(folder / "args.sh"),
            commandLineArguments="-x 'a b'",
            environmentVariables={"NAME": "it's $HOME"},
            initialWorkingDirectory=str(folder),
        )
        with site.database().reading() as connection:
            (record,), _ = records.page(connection)
        done = subprocess.run(
            ["sh", "-c", record.start_string], capture_output=True, text=True
        )
        expected = f"-x|a b|it's $HOME|{folder}\n"
        self.assertEqual((done.stdout, done.returncode), (expected, 3))

    def test_a_command_file_must_be_readable_for_everybody(self):
        os.chmod(self.script, 0o640)
        for path, reason in (
            (self.script, "readable for everybody"),
            ("/nowhere/at/all", "does not exist"),
            ("/tmp", "is not a file"),
            ("test.sh", "commandFile"),
        ):
            response = self.post("jobs?api-version=2", {"commandFile": path})
            self.assert_refused(response, 400, reason)
        self.assertEqual(self.get("jobs?api-version=2").json()["totalCount"], 0)


class TestChanges(JobTestCase):
    def act(self, name, action, body=None):
        return self.put(f"jobs/{name}/{action}?api-version=2", body)

    def state(self, name):
        return self.job(name)["states"]["state"]

    def test_attributes(self):
        name = self.submit()["name"]
        response = self.put(
            f"jobs/{name}?api-version=2",
            {
                "customName": "mine",
                "duration": 600,
                "priorities": {"user": 5},
                "messages": [{"message": "one"}],
                "variables": {"a": "b"},
            },
        )
        self.assertEqual(response.status_code, 200, response.text)
        said = response.json()["messages"]
        self.assertIn("Messages modified successfully", said)
        shown = self.job(name)
        self.assertEqual(
            (shown["customName"], shown["duration"], shown["priorities"]["user"]),
            ("mine", 600, 5),
        )
        self.put(f"jobs/{name}?api-version=2", {"messages": [{"message": "two"}]})
        self.assertEqual(
            [m["message"] for m in self.job(name)["messages"]], ["one", "two"]
        )
        self.assert_refused(self.put(f"jobs/{name}?api-version=2", {"x": 1}), 400, "no")

    def test_holds_are_added_and_taken_away(self):
        name = self.submit()["name"]
        self.assertEqual(
            self.act(name, "hold", {"holds": ["User"]}).json(),
            {"messages": ["Job modified successfully"]},
        )
        self.assertEqual(self.state(name), "UserHold")
        self.act(name, "hold", {"holds": ["System"]})
        self.assertEqual(self.state(name), "SystemHold")
        self.act(name, "unhold", {"holds": ["System"]})
        self.assertEqual(self.state(name), "UserHold")
        self.act(name, "unhold")
        self.assertEqual((self.state(name), self.job(name)["holds"]), ("Idle", []))
        self.assert_refused(self.act(name, "unhold"), 400, "has no holds")
        self.assert_refused(self.act(name, "hold"), 400, "'holds' is required")

    def test_what_a_state_does_not_allow_is_refused(self):
        name = self.submit()["name"]
        for action in ("suspend", "resume", "requeue"):
            self.assert_refused(self.act(name, action), 400, "is Queued")
        self.assert_refused(self.act(name, "checkpoint"), 405, "can't checkpoint")
        self.assertEqual(self.act(name, "dance").status_code, 404)
        self.assertEqual(self.act(name, "cancel").status_code, 200)
        self.assert_refused(self.act(name, "cancel"), 400, "is Cancelled")
        self.assertEqual(self.act("Moab.999999", "cancel").status_code, 404)

    def test_a_job_that_runs(self):
        name = self.submit()["name"]
        with site.database().writing() as connection:
            site.queue(connection, "test").claim("machine-1")
        transaction.commit()
        self.act(name, "suspend")
        self.assertEqual(self.state(name), "Suspended")
        self.act(name, "resume")
        self.assertEqual(self.state(name), "Running")
        response = self.put(f"jobs/{name}?api-version=2", {"duration": 5})
        self.assert_refused(response, 400, "only a waiting job", "duration")
        self.act(name, "requeue")
        self.assertEqual(self.state(name), "Idle")

    def test_a_number_alone_names_a_job(self):
        name = self.submit()["name"]
        number = name.partition(".")[2]
        self.assertEqual(self.job(number)["name"], name)
        self.assertEqual(self.act(number, "cancel").status_code, 200)


class TestLists(JobTestCase):
    def test_queries_and_order(self):
        names = [self.submit(customName=f"job{n}")["name"] for n in range(3)]
        self.delete(f"jobs/{names[1]}?api-version=2")
        path = "jobs?api-version=2"
        active = self.results(path, "customName", query={"isActive": True})
        self.assertEqual(active, ["job0", "job2"])
        ended = self.results(path, "customName", query={"isActive": False})
        self.assertEqual(ended, ["job1"])
        order = self.results(path, "customName", sort={"customName": -1}, max=2)
        self.assertEqual(order, ["job2", "job1"])
        users = self.results(path, "name", query={"credentials.user": "admin"})
        self.assertEqual(sorted(users), sorted(names))

    def test_entries_of_version_1_have_fewer_fields(self):
        self.submit()
        (entry,) = self.get("jobs").json()["results"]
        single = self.get(f"jobs/{entry['id']}").json()
        self.assertLess(len(entry), len(single))
        self.assertNotIn("slotLimit", single)


class TestArrays(JobTestCase):
    def test_an_array_has_a_master_and_its_jobs(self):
        body = {
            "name": "myarray",
            "indexRanges": [{"startIndex": 11, "endIndex": 15, "increment": 2}],
            "indexValues": [2, 4],
            "slotLimit": 2,
            "cancellationPolicy": {"firstJob": "FAILURE", "anyJob": "SUCCESS"},
            "jobPrototype": {"commandFile": self.script},
        }
        response = self.post("job-arrays?api-version=2", body)
        self.assertEqual(response.status_code, 201, response.text)
        master = response.json()["name"]
        shown = self.job(master)
        self.assertEqual(shown["customName"], "myarray")
        self.assertIn("ARRAYMASTER", shown["flags"])
        members = self.results(
            "jobs?api-version=2", "name", query={"arrayMasterName": master}
        )
        self.assertEqual(members, [f"{master}[{n}]" for n in (2, 4, 11, 13, 15)])
        member = self.job(f"{master}[11]")
        self.assertEqual(member["arrayIndex"], 11)
        self.assertIn("CANCELONFIRSTFAILURE", member["flags"])
        self.delete(f"jobs/{master}?api-version=2")
        active = self.get('jobs?api-version=2&query={"isActive":true}').json()
        self.assertEqual(active["totalCount"], 0)

    def test_what_an_array_must_have(self):
        prototype = {"commandFile": self.script}
        for body, message in (
            ({"jobPrototype": prototype}, "at least one index"),
            ({"indexValues": [1]}, "'jobPrototype' is required"),
            ({"indexValues": [1], "jobPrototype": {}}, "jobPrototype.commandFile"),
            (
                {
                    "indexRanges": [{"startIndex": 1, "endIndex": 10**6}],
                    "jobPrototype": prototype,
                },
                "more than 10000",
            ),
        ):
            response = self.post("job-arrays?api-version=2", body)
            self.assert_refused(response, 400, message)
        self.assertEqual(self.get("jobs").json()["totalCount"], 0)


class TestLog(JobTestCase):
    def ran(self, name, *pieces):
        """The job ran on a machine, which brought these pieces of its log."""
        with site.database().writing() as connection:
            queue = site.queue(connection, "machine")
            record = queue.claim("m1")
            self.assertEqual(record.name, name)
            offset = 0
            for piece in pieces:
                offset = queue.logs.add(record, offset, piece).offset
            queue.report(record, record.attempt, "Finished", 0)
        transaction.commit()

    def test_what_a_job_wrote_is_there(self):
        name = self.submit()["name"]
        self.ran(name, b"hello\n", b"w\xf6rld <b>\n")
        response = self.get(f"jobs/{name}/log?api-version=2")
        self.assertEqual(response.status_code, 200, response.text)
        self.assertEqual(response.content, b"hello\nw\xf6rld <b>\n")
        self.assertEqual(response.headers["Content-Type"], "text/plain;charset=utf-8")
        number = name.removeprefix("Moab.")
        again = self.get(f"jobs/{number}/log?attempt=1&api-version=2")
        self.assertEqual(again.content, response.content)

    def test_the_job_says_where_its_log_is(self):
        name = self.submit()["name"]
        self.assertIsNone(self.job(name)["rmStandardOutputFilePath"])
        self.ran(name, b"hello\n")
        self.assertEqual(self.job(name)["rmStandardOutputFilePath"], f"jobs/{name}/log")

    def test_output_that_went_to_a_file_is_not_in_the_log(self):
        name = self.submit(standardOutputFilePath="/tmp/out.txt")["name"]
        self.ran(name)
        shown = self.job(name)
        self.assertEqual(shown["rmStandardOutputFilePath"], "/tmp/out.txt")
        self.assertEqual(shown["rmStandardErrorFilePath"], f"jobs/{name}/log")

    def test_what_is_not_there_is_said(self):
        ran = self.submit()["name"]
        self.ran(ran)
        name = self.submit()["name"]
        for path, status, said in (
            (f"jobs/{ran}/log?attempt=2", 404, "no attempt 2: the last one is 1"),
            (f"jobs/{name}/log", 404, f"{name} has not been started yet"),
            (f"jobs/{name}/log?attempt=last", 400, "'last' is not the number"),
            ("jobs/Moab.999999/log", 404, "was not found"),
        ):
            response = self.get(path)
            self.assertEqual(response.status_code, status, path)
            self.assertIn(said, " ".join(response.json()["messages"]))


class TestTemplates(JobTestCase):
    def setUp(self):
        super().setUp()
        home = TemporaryDirectory()
        self.addCleanup(home.cleanup)
        patcher = mock.patch.dict(os.environ, MWS_HOME=home.name)
        patcher.start()
        self.addCleanup(patcher.stop)
        Path(home.name, "job-templates.toml").write_text(
            """
            [DEFAULT]
            account = "everybody"

            [short]
            select = true
            durationRequested = 60
            priority = 5
            queue = "quick"
            jobFlags = ["RESTARTABLE"]
            jobTemplateRequirements = [
              {requiredMemoryPerTask = 512, requiredFeatures = ["fast"]},
            ]

            [hidden]
            durationRequested = 1
            """,
        )

    def test_a_job_gets_what_its_templates_have(self):
        shown = self.job(self.submit(templates=[{"name": "short"}])["name"])
        self.assertEqual(shown["duration"], 60)
        self.assertEqual(shown["priorities"]["user"], 5)
        self.assertEqual(shown["credentials"]["jobClass"], "quick")
        self.assertEqual(shown["credentials"]["account"], "everybody")
        self.assertIn("RESTARTABLE", shown["flags"])
        (requirement,) = shown["requirements"]
        self.assertEqual(requirement["featuresRequested"], ["fast"])
        self.assertEqual(requirement["resourcesPerTask"]["memory"]["dedicated"], 512)

    def test_what_it_says_itself_counts(self):
        shown = self.job(
            self.submit(
                templates=[{"name": "short"}],
                duration=30,
                credentials={"account": "mine"},
                requirements=[{"taskCount": 2}],
            )["name"]
        )
        self.assertEqual(shown["duration"], 30)
        self.assertEqual(shown["credentials"]["account"], "mine")
        self.assertEqual(shown["credentials"]["jobClass"], "quick")
        self.assertEqual(shown["requirements"][0]["featuresRequested"], [])

    def test_those_of_version_1_have_them_too(self):
        shown = self.job(self.submit(1, templateList=["short"])["id"], 1)
        self.assertEqual(shown["durationRequested"], 60)

    def test_templates_that_no_user_may_name_give_nothing(self):
        for name in ("hidden", "unknown"):
            shown = self.job(self.submit(templates=[{"name": name}])["name"])
            self.assertGreater(shown["duration"], 1)
            self.assertIn({"name": name}, shown["templates"])


class TestWhatJobsName(JobTestCase):
    def test_a_container_gets_the_jobs_that_name_it(self):
        vc = self.made("vcs", {"description": "work"})["id"]
        name = self.submit(virtualContainers=[{"name": vc}])["name"]
        self.assertEqual(self.get(f"vcs/{vc}").json()["jobs"], [{"id": name}])
        self.assertEqual(self.job(name)["virtualContainers"], [{"name": vc}])

    def test_a_container_that_is_not_there_is_refused(self):
        response = self.post(
            "jobs?api-version=2",
            {"commandFile": self.script, "virtualContainers": [{"name": "vc77"}]},
        )
        self.assertEqual(response.status_code, 400, response.text)
        self.assertEqual(
            response.json()["messages"],
            [
                "The field 'virtualContainers' names the virtual container 'vc77', which "
                "does not exist"
            ],
        )
        found = self.get('jobs?api-version=2&query={"isActive":true}').json()
        self.assertEqual(found["totalCount"], 0)

    def test_circles_of_dependencies_are_refused(self):
        def after(name):
            return [{"type": "jobcomplete", "name": name}]

        first = self.submit(customName="a", dependencies=after("c"))["name"]
        self.submit(customName="b", dependencies=after(first))
        response = self.post(
            "jobs?api-version=2",
            {
                "commandFile": self.script,
                "customName": "c",
                "dependencies": after("b"),
            },
        )
        self.assertEqual(response.status_code, 400, response.text)
        self.assertEqual(
            response.json()["messages"],
            [
                "The field 'dependencies' makes a circle: c depends on b depends on "
                f"{first} depends on c"
            ],
        )
