"""A site for the benchmarks, in a process of its own: ``prepare`` it, then ``serve``.

It is the real site with one more view: ``empty``, on a machine, which answers nothing.
"""

from collective.mwsvm import instance
from pathlib import Path
import json
import logging
import sys


logging.disable(logging.WARNING)


def prepare(var: Path, machines: int, content: int) -> None:
    """A site with so many machines and, for the first one, so many Job contents."""
    from AccessControl.SecurityManagement import newSecurityManager
    from collective.mwsvm.sites import with_site
    from plone import api
    import Zope2

    instance.open_application(instance.prepare(var, worker=False))
    instance.ensure_site("benchmark", lambda message: None)
    made = {}

    def fill():
        portal = api.portal.get()
        users = portal.aq_parent.acl_users
        newSecurityManager(None, users.getUser("admin").__of__(users))
        api.content.create(portal, "Document", "document", title="A small document")
        for number in range(machines):
            vm = api.content.create(
                portal,
                "VirtualMachine",
                f"vm{number}",
                title=f"vm{number}",
                region_list="us-east-1",
                instance_type_list="t1.micro",
                machineImage="ami-1",
            )
            made[vm.getId()] = {"uid": vm.UID(), "token": vm.monitorAuthToken}
        for number in range(content):
            job = api.content.create(
                portal["vm0"], "Job", f"job{number}", title="job", start_string="true"
            )
            api.content.transition(job, "queue")

    with_site("/Plone", fill)
    (var / "machines.json").write_text(json.dumps(made))
    Zope2.DB.close()


def serve(var: Path, port: int) -> None:
    """The site, until it is killed."""
    from collective.mwsvm.content.virtualmachine import IVirtualMachine
    from collective.mwsvm.interfaces import IMwsvmLayer
    from Products.Five import BrowserView
    from Products.Five.browser.metaconfigure import page
    from waitress.server import create_server
    from zope.configuration.config import ConfigurationMachine
    from zope.configuration.xmlconfig import registerCommonDirectives

    class Empty(BrowserView):
        def __call__(self):
            self.request.response.setHeader("Content-Type", "application/json")
            return "{}"

    app = instance.open_application(instance.prepare(var, worker=False))
    context = ConfigurationMachine()
    registerCommonDirectives(context)
    page(
        context,
        "empty",
        "zope2.Public",
        IVirtualMachine,
        layer=IMwsvmLayer,
        class_=Empty,
    )
    context.execute_actions()
    server = create_server(app, host="127.0.0.1", port=port, threads=4, ident=None)
    print(f"Ready: {server.effective_port}", flush=True)
    server.run()


if __name__ == "__main__":
    what, var, *numbers = sys.argv[1:]
    {"prepare": prepare, "serve": serve}[what](Path(var), *map(int, numbers))
