"""Bodies that are sent while they are made."""

from collective.mwsvm.resources.call import Streamed
from zope.interface import implementer
from ZPublisher.Iterators import IUnboundStreamIterator


#: About how many characters are sent at once.
_PIECE = 64 * 1024


@implementer(IUnboundStreamIterator)
class Stream:
    """A text as the WSGI server takes it, in pieces of bytes.

    It is read after the publication has ended; the server closes it, also when the client
    has gone.
    """

    def __init__(self, streamed: Streamed):
        self._chunks = streamed.chunks()
        self._pieces = self._gathered()

    def __iter__(self):
        return self

    def __next__(self) -> bytes:
        return next(self._pieces)

    def close(self) -> None:
        """Give back what the text is made from."""
        self._pieces.close()
        self._chunks.close()

    def _gathered(self):
        gathered, size = [], 0
        # The first piece at once: the client sees that there is an answer.
        limit = 0
        for chunk in self._chunks:
            gathered.append(chunk)
            size += len(chunk)
            if size > limit:
                yield "".join(gathered).encode()
                gathered, size, limit = [], 0, _PIECE
        if gathered:
            yield "".join(gathered).encode()
