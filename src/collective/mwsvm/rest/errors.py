"""What a client gets when Zope fails before or after the service."""

from collective.mwsvm.rest import answers
from Products.Five.browser import BrowserView
from zExceptions import NotFound


class ErrorView(BrowserView):
    """An exception of the publisher, as the API answers everything: in JSON."""

    def __call__(self):
        response = self.request.response
        answer = answers.failure()
        if isinstance(self.context, NotFound):
            answer = answers.messages(404, "The resource was not found")
        response.setStatus(answer.status, lock=1)
        response.setHeader("Content-Type", "application/json;charset=utf-8")
        response.setBody(answers.encode(answer.body), lock=1)
        return answers.encode(answer.body)
