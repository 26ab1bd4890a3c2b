#!/usr/bin/env python3
"""Run the jobs that a Plone site with collective.mwsvm has for this machine.

Ask for a job, run it with /bin/sh, send its log, report how it ended; then the next.
"""

import argparse
import base64
import http.client
import json
import logging
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import urllib.parse
import uuid


CONFIG = {}  # filled in by the site

VERSION = "1.0.0"
OPTIONS = {
    "url": ("", "the machine's URL in Plone"),
    "token-file": ("", "file with the machine's token; or set MWSVM_TOKEN"),
    "poll": (10.0, "seconds between requests, until the site says (%(default)s)"),
    "idle-halt": (0.0, "halt after so many seconds without a job; 0: never"),
    "lost-contact": (0.0, "the same without an answer from the site; ends the job"),
    "halt": ("shutdown -h now", "command (%(default)s); MWSVM_HALT, even empty, wins"),
    "workdir": (tempfile.gettempdir(), "where jobs get a directory (%(default)s)"),
}
TICK = 0.5  # seconds between looks at the job


class Site:
    """The machine's services in Plone."""

    timeout = 20
    test = None  # to be sent back

    def __init__(self, url, token, address=None):
        self.url = urllib.parse.urlsplit(url.rstrip("/"))
        self.address = address if self.url.scheme == "http" else None
        self.headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Host": self.url.netloc,
            "User-Agent": "mwsvm-agent/" + VERSION,
            "X-MWSVM-Token": token,
        }

    def call(self, service, **form):
        """The answer, a dict, or an exception."""
        if self.test:
            form["test"] = self.test
        kind = getattr(http.client, self.url.scheme.upper() + "Connection")
        connection = kind(self.url.netloc, timeout=self.timeout)
        try:
            connection.connect()
        except socket.gaierror:  # the site's name is not known here
            connection.host = self.address or connection.host
        path, body = self.url.path + "/" + service, urllib.parse.urlencode(form)
        connection.request("POST", path, body, self.headers)
        reply = connection.getresponse()
        if reply.status != 200:  # no redirect: the token is for nobody else
            raise ValueError("HTTP %d" % reply.status)
        answer = json.loads(reply.read(1 << 20))
        connection.close()
        self.test = answer.get("test")
        return answer


class Run:
    """One attempt at a job: its processes and its log."""

    status = "Running"  # what the site says
    log_open = True  # the site takes more
    offset = 0  # of the next piece

    def __init__(self, job, directory):
        self.job = job
        os.makedirs(directory, 0o700)
        # A file, so that the job goes on writing while the site is away; by way of a
        # pipe, for "> /dev/stderr" would empty a file.
        self.log = tempfile.TemporaryFile(dir=directory, buffering=0)
        output, end = os.pipe()
        self.copier = threading.Thread(
            target=shutil.copyfileobj,
            args=(open(output, "rb", 0), self.log),
            daemon=True,
        )
        env = {"MWSVM_JOB": str(job["job"]), "MWSVM_ATTEMPT": str(job["attempt"])}
        self.copier.start()
        try:
            self.process = subprocess.Popen(
                ["/bin/sh", "-c", job["start_string"]],
                cwd=directory,
                env=dict(os.environ, **env),
                stdin=subprocess.DEVNULL,
                stdout=end,
                stderr=end,
                start_new_session=True,
            )
        finally:
            os.close(end)

    def ended(self):
        return self.process.poll() is not None

    def signal(self, number):
        """Signal all processes; False if there are none."""
        try:
            os.killpg(self.process.pid, number)
        except OSError:
            return False
        return True

    def size(self):
        return os.fstat(self.log.fileno()).st_size

    def piece(self):
        """The next 64 KiB of the log at most."""
        size = 1 << 16 if self.log_open else 0
        return os.pread(self.log.fileno(), size, self.offset)

    def obey(self, answer):
        """Do what an answer to provideStatus says."""
        self.offset = answer.get("offset", self.offset)
        self.log_open &= answer.get("log") != "full"
        status = answer.get("status", self.status)
        if answer.get("attempt") not in (None, self.job["attempt"]):
            status = "stale"
        if status != self.status and not self.ended():
            self.signal(signal.SIGSTOP if status == "Suspended" else signal.SIGCONT)
        self.status = status


class Agent:
    """Asks the site for jobs and runs them."""

    clock, sleep = time.monotonic, time.sleep
    backoff = 0  # seconds, while requests fail
    trouble = stopped = why = None
    grace = 10  # seconds for a job to end by itself

    def __init__(self, config, site):
        self.config = config
        self.site = site
        self.next_poll = config.poll
        self.contact = self.idle_since = self.clock()

    def stop(self, number, frame):
        self.stopped = number
        self.grace = self.site.timeout = 3

    def leaving(self):
        """Why it is time to leave, if it is."""
        now, config = self.clock(), self.config
        if self.stopped:
            self.why = "Its machine or the agent there was stopped."
        elif self.backoff and 0 < config.lost_contact <= now - self.contact:
            self.why = "The site has not answered for too long."
        elif 0 < config.idle_halt <= now - self.idle_since:
            self.why = "There was no job for too long."
        return self.why

    def serve(self):
        """Run jobs until it is time to leave; the exit code."""
        while not self.leaving():
            job = self.ask("getNextJob", claim=uuid.uuid4(), agent=VERSION)
            if job.get("response") == "OK":
                self.work(job)
            elif not self.config.once:
                self.pause()
            if self.config.once:
                break
        if self.stopped:
            return 130 if self.stopped == signal.SIGINT else 0
        if self.why:
            logging.warning("halting: %s", self.why)
            return subprocess.call(self.config.halt, shell=True)
        return 1 if self.backoff else 0

    def work(self, job):
        """Run a job and report how it ended."""
        logging.info("job %(job)s, attempt %(attempt)s", job)
        directory = "%s/mwsvm-%s" % (self.config.workdir, uuid.uuid4())
        self.idle_since = float("inf")
        result = {}
        try:
            run = Run(job, directory)
            try:
                reason = self.watch(run)
            finally:  # nothing in its process group outlives the job
                run.signal(signal.SIGKILL)
                code = run.process.wait()
                run.copier.join(5)  # a process that got away may hold the other end
            self.provide(run, patient=True)
            result = {"exit_code": code, "size": run.size()}
        except Exception as error:
            reason = "It could not be run: %s." % error
        failed = reason or result.get("exit_code")
        result.update(status="Failed" if failed else "Finished", reason=reason)
        logging.info("job %s: %s", job["job"], result)
        self.ask("updateJobStatus", job, **result)
        shutil.rmtree(directory, ignore_errors=True)
        self.idle_since = self.clock()

    def watch(self, run):
        """Keep the site up to date until the run has ended; why it had to."""
        seen = asked = self.clock()
        due = asked + self.delay
        left = limit = run.job.get("time_limit") or float("inf")
        reason = ""
        while not (reason or run.ended()):
            now = self.clock()
            left -= 0 if run.status == "Suspended" else now - seen
            seen = now
            if left <= 0:
                reason = "Its time limit of %s s was reached." % limit
            elif run.status not in ("Running", "Suspended"):
                reason = "It is %s." % run.status
            elif self.leaving():
                reason = self.why
            elif now >= due or (now >= asked + 2 and not self.backoff and run.piece()):
                self.provide(run, patient=False)
                asked = self.clock()
                due = asked + self.delay
            else:
                self.sleep(TICK)
        if reason:  # ask its processes to end, and give them time to
            run.signal(signal.SIGCONT)
            run.signal(signal.SIGTERM)
            until = self.clock() + self.grace
            while self.clock() < until and (not run.ended() or run.signal(0)):
                self.sleep(0.1)
        return reason

    def provide(self, run, patient):
        """Send the log so far, and obey."""
        end, before = run.size(), None
        while before is None or before != run.offset < end:
            before, piece = run.offset, base64.b64encode(run.piece())
            form = {"offset": before, "log": piece, "size": run.size()}
            run.obey(self.ask("provideStatus", run.job, patient, **form))

    def ask(self, service, job=None, patient=True, **form):
        """The site's answer; if patient, after as many tries as it takes."""
        if job:
            form.update(job=job["job"], attempt=job["attempt"])
        while True:
            trouble = None
            try:
                answer = self.site.call(service, **form)
                if answer["response"] != "OK" and "next_poll" not in answer:
                    trouble = "refused: %r" % answer.get("message")
                self.next_poll = answer.get("next_poll") or self.next_poll
                self.contact = self.clock()
            except Exception as error:
                answer, trouble = {}, "no answer: %s" % error
            if trouble != self.trouble:
                logging.warning(trouble or "the site answers again")
                self.trouble = trouble
            self.backoff = min(60, 2 * self.backoff or 1) if trouble else 0
            self.delay = (self.backoff or self.next_poll) * random.uniform(0.8, 1.2)
            if answer or not patient or self.leaving():
                return answer
            self.pause()

    def pause(self):
        """Wait for the next request, or the time to leave."""
        until = self.clock() + self.delay
        while self.clock() < until and not self.leaving():
            self.sleep(min(TICK, self.delay))


def main(argv=None):
    parser = argparse.ArgumentParser("mwsvm-agent", description=__doc__)
    for name, (default, text) in OPTIONS.items():
        parser.add_argument("--" + name, type=type(default), default=default, help=text)
    parser.add_argument("--once", action="store_true", help="run one job at most")
    parser.add_argument("--version", action="version", version=VERSION)
    parser.set_defaults(**CONFIG)
    config = parser.parse_args(argv)
    config.halt = os.environ.get("MWSVM_HALT", config.halt)
    token = os.environ.pop("MWSVM_TOKEN", "") or CONFIG.get("token", "")
    if config.token_file:
        try:
            with open(config.token_file) as file:
                token = file.read()
        except (OSError, ValueError) as error:
            parser.error(str(error))
    token = "".join(token.split())  # an error would show an odd one
    if not config.url.startswith("http") or not token:
        parser.error("the machine's URL or its token is missing")
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level="INFO")
    agent = Agent(config, Site(config.url, token, CONFIG.get("address")))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, agent.stop)
    return agent.serve()


if __name__ == "__main__":
    raise SystemExit(main())
