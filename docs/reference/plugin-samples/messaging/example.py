from collective.mwsvm.plugins import AbstractPlugin


class MessagingPlugin(AbstractPlugin):
    def poll(self):
        assert self.message(code="first.message.code") == "This is the first message"
        assert self.message(code="second.message") == (
            "This message can span multiple lines, "
            "and will not show the linebreaks when retrieved"
        )
        arguments = self.message(code="message.with.arguments", args=["1st", 2, True])
        assert arguments == (
            "This message has arguments: first - 1st, second - 2, third - true, etc."
        )
        assert self.message(code="message.with.quotes") == (
            "This message uses single quotes around 'this phrase'."
        )
        assert self.message(code="invalid.message.code") == "invalid.message.code"
        # A mapping is taken as well.
        assert self.message({"code": "no.code", "default": "Else"}) == "Else"
