"""A site that remembers what it is called for."""


class Calls:
    """Answers each call with what is in ``answer``."""

    def __init__(self, answer=None):
        self.answer = answer
        self.calls = []

    def __call__(self, service, method, *arguments):
        self.calls.append((service, method, *arguments))
        return self.answer
