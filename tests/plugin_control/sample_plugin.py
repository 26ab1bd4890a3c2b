"""A plug-in type that does everything a plug-in must not do, and some that it may."""

from collective.mwsvm.plugins import AbstractPlugin
from collective.mwsvm.plugins import InvalidPluginConfigurationException
from collective.mwsvm.plugins import NodeReport
from collective.mwsvm.plugins import NodeReportPower
from collective.mwsvm.plugins import PluginConstants
from collective.mwsvm.plugins import PluginStopException
from collective.mwsvm.plugins import Unsecured
from collective.mwsvm.plugins import WebServiceException
from datetime import datetime
from datetime import UTC
import logging
import os
import signal
import subprocess
import sys
import threading
import time


class SamplePlugin(AbstractPlugin):
    constraints = {
        "pollInterval": {"defaultValue": 45, "min": 10},
        "number": {"type": int, "required": False, "defaultValue": 3, "max": 100},
        "since": {"type": datetime, "required": False},
    }

    def __init__(self):
        self.calls = []

    def configure(self):
        self.calls.append("configure")
        if self.config.refuse:
            raise InvalidPluginConfigurationException(["first", "second"])

    def poll(self):
        return getattr(self, self.config.do)()

    def before_start(self):
        self.calls.append("beforeStart")

    def beforeStop(self):
        self.calls.append("beforeStop")

    def jobStart(self, jobName, taskList, username):
        return [jobName, taskList, username] == ["j", "t", "u"]

    def nodePower(self, nodes, state):
        return state is NodeReportPower.ON and nodes == ["n1"]

    def systemQuery(self, attributes):
        return tuple(attributes)

    # -- web services

    def given(self, params):
        return {**params, "method": params[PluginConstants.WEB_SERVICES_METHOD]}

    @Unsecured
    def teapot(self, params):
        raise WebServiceException(["short", "stout"], 418)

    def text(self, params):
        return "text"

    # -- what poll does

    def tell(self):
        return {
            "object": id(self),
            "calls": self.calls,
            "process": os.getpid(),
            "number": self.config.number,
            "year": self.config.since and self.config.since.year,
            "state": self.state,
            "home": self.appConfig.mws.home,
        }

    def values(self):
        return {
            "set": {1},
            "power": NodeReportPower.OFF,
            "date": datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC),
            "report": NodeReport("N1"),
        }

    def strange(self):
        return {"list": [1, object()]}

    def fail(self):
        raise KeyError("what")

    def hang(self):
        time.sleep(60)

    def spin(self):
        while True:
            pass

    def leave(self):
        os._exit(3)

    def leave_politely(self):
        sys.exit("no more")

    def interrupt(self):
        os.kill(os.getpid(), signal.SIGINT)
        return "still here"

    def killed(self):
        os.kill(os.getpid(), signal.SIGKILL)

    def recurse(self):
        return self.recurse()

    def eat(self):
        return len(bytearray(4 * 1024**3))

    def chatter(self):
        for _ in range(100):
            sys.stdout.write("x" * 1024**2)
        sys.stdout.flush()
        return sys.stdin.read()

    def breed(self):
        """Children of all kinds; their ids lie in a file."""
        children = [
            subprocess.Popen(["sleep", "60"]),
            subprocess.Popen(["sleep", "60"], start_new_session=True),
            subprocess.Popen(["sh", "-c", "sleep 60 & sleep 60"]),
        ]
        forked = os.fork()
        if forked == 0:
            time.sleep(60)
        pids = [child.pid for child in children] + [forked]
        with open(self.config.file, "w") as file:
            file.write(" ".join(map(str, pids)))
        time.sleep(60)

    def forked_voice(self):
        """A forked process that goes on as if it were the plug-in."""
        pid = os.fork()
        if pid:
            os.waitpid(pid, 0)
        self.pluginDatastoreService.exists("forked" if pid == 0 else "own")
        return "parent"

    def environment(self):
        return dict(os.environ)

    def descriptors(self):
        listing = subprocess.run(
            ["ls", "-l", "/proc/self/fd"], capture_output=True, text=True, check=True
        )
        return [line for line in listing.stdout.splitlines() if "socket:" in line]

    def stop_itself(self):
        self.stop()
        return self.calls

    def call_refused(self):
        try:
            self.pluginControlService.stop("other")
        except PluginStopException as error:
            return error.messages

    def call_broken(self):
        self.pluginDatastoreService.exists("broken")

    def call_slowly(self):
        self.pluginDatastoreService.exists("slow")

    def threads(self):
        done = []
        threads = [
            threading.Thread(
                target=lambda n=n: done.append(
                    self.pluginDatastoreService.getData("c", "k", n)["value"]
                )
            )
            for n in range(20)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return sorted(done)

    def later(self):
        """Calls the site until nobody asks the plug-in any more."""

        def call():
            try:
                while True:
                    self.pluginDatastoreService.exists("late")
            except RuntimeError as error:
                with open(self.config.file, "w") as file:
                    file.write(str(error))

        threading.Thread(target=call).start()

    def save_many(self):
        reports = []
        for number in range(10_000):
            report = NodeReport(f"n{number}")
            report.resources.processors.total = 4
            report.metrics["cpuLoad"] = 0.5
            reports.append(report)
        self.nodeRMService.save(reports)

    def big(self):
        return "x" * 300 * 1024**2

    def write(self):
        self.log.trace("very quiet")
        self.log.info("hello %s", self.id)
        self.log.fatal("worse", ValueError("inner"))
        logging.getLogger("library").warning("of a library")
        logging.getLogger("library").info("not told")
        self.log.info("%d", "no number")

    def babble(self):
        """Writes what is no message to the site."""
        for name in os.listdir("/proc/self/fd"):
            try:
                if "socket:" in os.readlink(f"/proc/self/fd/{name}"):
                    os.write(int(name), b"\x00\x00\x00\x05hello")
            except OSError:
                continue
        time.sleep(60)
