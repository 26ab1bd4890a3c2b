"""An EC2 in memory, for what happens to machines and in which order."""

from collective.mwsvm.cloud.ec2 import CloudError
from collective.mwsvm.cloud.ec2 import Instance
from dataclasses import replace


class FakeEc2:
    """One account's EC2: remembers every call, does what it is told."""

    def __init__(self, clock):
        self.clock = clock
        self.calls = []
        self.instances = {}
        self.tokens = {}
        self.error = None

    def __call__(self, account):
        self.account = account
        return self

    def _note(self, *call):
        self.calls.append(call)
        if self.error:
            raise self.error

    def launch(self, launch):
        self._note("launch", launch.token)
        self.last_launch = launch
        if launch.token not in self.tokens:
            number = len(self.instances) + 1
            instance = Instance(
                f"i-{number}",
                f"r-{number}",
                "pending",
                "",
                self.clock(),
                launch.machine,
            )
            self.instances[instance.id] = instance
            self.tokens[launch.token] = instance.id
        return self.instances[self.tokens[launch.token]]

    def put(self, id, state, machine="", why="", age=0):
        """An instance is in this state now."""
        known = self.instances.get(id)
        if known is None:
            launched = self.clock() - age
            known = Instance(id, f"r-{id}", state, why, launched, machine)
        self.instances[id] = replace(known, state=state, why=why)

    def describe(self, ids):
        self._note("describe", *ids)
        return {i: self.instances[i] for i in ids if i in self.instances}

    def owned(self, site):
        self._note("owned", site)
        live = ("pending", "running", "stopping", "stopped")
        return [i for i in self.instances.values() if i.state in live]

    def start(self, id):
        self._note("start", id)
        self.put(id, "pending")

    def stop(self, id):
        self._note("stop", id)
        self.put(id, "stopping")

    def terminate(self, id):
        self._note("terminate", id)
        self.put(id, "shutting-down")

    def named(self, name):
        """The calls of this name."""
        return [call for call in self.calls if call[0] == name]


UNREACHABLE = CloudError("EC2 in us-east-1 can't be reached.", "Unreachable", True)
BAD_KEY = CloudError("AWS refused the access key: check it.", "AuthFailure")
