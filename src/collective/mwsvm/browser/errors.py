"""What a person or a front end sees while something the site depends on is away."""

from html import escape
from plone.rest.interfaces import IAPIRequest
from Products.Five import BrowserView
import json


class UnavailableView(BrowserView):
    """503 with the sentence; nothing of the site's own templates, which may need more."""

    def __call__(self):
        message = str(self.context)
        response = self.request.response
        response.setStatus(503, lock=1)
        response.setHeader("Retry-After", "5")
        if IAPIRequest.providedBy(self.request):
            response.setHeader("Content-Type", "application/json")
            return json.dumps({"type": "Unavailable", "message": message})
        response.setHeader("Content-Type", "text/html; charset=utf-8")
        return (
            '<!DOCTYPE html><html lang="en"><title>Not available</title>'
            f"<h1>Not available just now</h1><p>{escape(message)}</p></html>"
        )
