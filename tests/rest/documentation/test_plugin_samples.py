"""Guide 6.2: the samples of code are uploaded to a site, and do there what they say."""

from io import BytesIO
from tests.rest.documentation.plugins import PluginDocumentationTestCase
from tests.rest.documentation.plugins import SAMPLES
from zipfile import ZipFile


#: A configuration for each sample that needs one.
CONFIGS = {
    "configured": {"username": "u", "password": "p"},
    "constrained": {"myParam": "x"},
    "sample": {"arbitraryKey": "x"},
    "upload": {"arbitraryKey": "x"},
    "case_study": {"getCluster": "file:///etc/nodes.txt"},
}

#: These need a server to connect to or a certificate, which other tests have; the last
#: one is uploaded by the tests of plug-in types.
ELSEWHERE = {"certificate", "ssl_https", "ssl_socket", "validated"}


def archived(folder):
    archive = BytesIO()
    with ZipFile(archive, "w") as packed:
        for path in sorted(folder.iterdir()):
            if path.is_file():
                packed.write(path, path.name)
    return archive.getvalue()


class TestSamples(PluginDocumentationTestCase):
    settings = (
        "plugins.uploads = true\n"
        'plugins.custom.property = "This is my custom property"\n'
    )

    def uploaded(self, sample):
        """The description of the type of a sample."""
        if sample.is_dir():
            data, kind = archived(sample), "application/zip"
            path = f"plugin-types?jar-filename={sample.name}.zip"
        else:
            data, kind, path = sample.read_bytes(), "text/plain", "plugin-types"
        response = self.call("PUT", path, data=data, headers={"Content-Type": kind})
        self.assertEqual(response.status_code, 200, response.text)
        (found,) = response.json()["results"]
        return found

    def image(self, name, **fields):
        self.made(
            "images",
            {
                "name": name,
                "osType": "linux",
                "hypervisor": False,
                "supportsVirtualMachine": True,
                **fields,
            },
        )

    def polled(self, name, id="sample1"):
        """A plug-in of a sample after a poll."""
        found = self.uploaded(SAMPLES / name)
        config = CONFIGS.get(name.removesuffix(".py"), {})
        body = {"id": id, "pluginType": found["id"], "config": config}
        self.made("plugins", body)
        response = self.post(f"plugins/{id}/poll")
        self.assertEqual(response.status_code, 200, response.text)
        return self.get(f"plugins/{id}").json()

    def test_every_sample_can_be_uploaded_created_and_polled(self):
        self.image("centos5")
        samples = [path for path in SAMPLES.iterdir() if path.stem not in ELSEWHERE]
        self.assertGreater(len(samples), 20)
        for sample in sorted(samples):
            if sample.name == "__pycache__":
                continue
            with self.subTest(sample.name):
                found = self.uploaded(sample)
                plugin_type, id = found["id"], f"of-{sample.stem}"
                for initial in found["initialPlugins"]:
                    self.assertEqual(self.delete(f"plugins/{initial}").status_code, 200)
                body = {"id": id, "pluginType": plugin_type}
                body["config"] = CONFIGS.get(sample.stem, {})
                self.made("plugins", body)
                self.assertEqual(self.get(f"plugins/{id}").json()["state"], "STARTED")
                if found["pollMethod"]:
                    response = self.post(f"plugins/{id}/poll")
                    self.assertEqual(response.status_code, 200, response.text)
                if plugin_type == "Controlling":
                    self.delete("plugins/helper")
                # Several samples have types of the same name.
                self.assertEqual(self.delete(f"plugins/{id}").status_code, 200)
                if sample.is_dir():
                    self.forget(sample.name)

    def forget(self, name):
        """An archive with the types of another can't be uploaded beside it."""
        code = "class Unused{}Plugin:\n    id = None\n"
        archive = BytesIO()
        with ZipFile(archive, "w") as packed:
            packed.writestr("unused.py", code.format(name.title().replace("_", "")))
        path = f"plugin-types?jar-filename={name}.zip"
        headers = {"Content-Type": "application/zip"}
        response = self.call("PUT", path, data=archive.getvalue(), headers=headers)
        self.assertEqual(response.status_code, 200, response.text)

    def test_a_plugin_stops_itself(self):
        self.assertEqual(self.polled("error.py")["state"], "STOPPED")

    def test_a_plugin_creates_another(self):
        self.polled("controlling.py")
        helper = self.get("plugins/helper").json()
        self.assertEqual(helper["config"], {"role": "helper"})
        self.assertEqual(helper["state"], "STOPPED")

    def test_a_plugin_changes_a_resource(self):
        self.image("centos5")
        self.polled("rest_change.py")
        self.assertEqual(self.get("images/centos5").json()["features"], ["RESTARTABLE"])

    def test_reports_come_out_of_the_query(self):
        self.polled("sample.py")
        lines = self.get("plugins/sample1/rm/cluster-query").text.splitlines()
        self.assertEqual(lines[0], "SC=0 RESPONSE=Success")
        self.assertTrue(lines[1].startswith("node1 STATE=Idle;"), lines)
        self.assertIn("CRES=RES1:5", lines[1])

    def test_data_is_kept(self):
        self.uploaded(SAMPLES / "datastore.py")
        self.made("plugins", {"id": "store", "pluginType": "Datastore"})
        path = "plugins/store/services"
        self.post(f"{path}/store-data?collectionName=mine")
        kept = self.get(f"{path}/retrieveData?collectionName=mine").json()
        self.assertEqual(
            kept,
            [
                {"boolVal": True},
                {"stringVal": "String"},
                {"intVal": 1},
                {"nullVal": None},
            ],
        )

    def test_initial_plugins_come_with_the_upload(self):
        found = self.uploaded(SAMPLES / "case_study")
        self.assertEqual(list(found["initialPlugins"]), ["cloud-file"])
        plugin = self.get("plugins/cloud-file").json()
        self.assertEqual(
            plugin["config"], {"getCluster": f"file://{self.home}/etc/nodes.txt"}
        )
