"""What the pages' own forms have in common."""

from collective.mwsvm.models.errors import MwsvmError
from collective.mwsvm.models.errors import Unavailable
from plone import api
from Products.CMFCore.WorkflowCore import WorkflowException
from Products.Five import BrowserView
from zExceptions import BadRequest
from zExceptions import Forbidden
from zope.component import getMultiAdapter
import transaction


def check_authentic(context, request) -> None:
    """Raises Forbidden where the form that was sent is not the site's own."""
    if not getMultiAdapter((context, request), name="authenticator").verify():
        raise Forbidden("The form is too old or not ours; load the page again.")


class OwnForm:
    """For pages that take what their own form sends."""

    def is_posted(self) -> bool:
        """Whether the page's form was sent; refuses forms that are not the site's own."""
        if self.request.method != "POST":
            return False
        check_authentic(self.context, self.request)
        return True


class ActionForm(BrowserView):
    """A POST form with buttons called ``action``: does it, and goes back with a message.

    Refusals of the engine become error messages, and nothing is done.
    """

    def __call__(self):
        if self.request.method != "POST":
            raise BadRequest("This is a form's target; use POST.")
        check_authentic(self.context, self.request)
        kind = "info"
        try:
            message = self.act(str(self.request.form.get("action", "")))
        except (MwsvmError, WorkflowException) as error:
            transaction.abort()
            message, kind = str(error), "error"
            if isinstance(error, Unavailable):
                self.request.response.setHeader("Retry-After", "5")
        api.portal.show_message(message, self.request, kind)
        self.request.response.redirect(self.target())
        return ""

    def act(self, action):
        """Do it; the message for the person."""
        raise NotImplementedError

    def target(self):
        """Where the person goes next."""
        return self.context.absolute_url()
