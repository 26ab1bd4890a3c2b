from collective.mwsvm.plugins.channel import BadFrame
from collective.mwsvm.plugins.channel import Channel
from collective.mwsvm.plugins.channel import ChannelClosed
from hypothesis import given
from hypothesis import strategies as st
import pytest
import socket
import threading
import time


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@pytest.fixture
def ends():
    one, other = socket.socketpair()
    with one, other:
        yield one, other


@given(st.lists(JSON, max_size=5))
def test_messages_arrive_in_their_order(messages):
    one, other = socket.socketpair()
    with one, other:
        sender, receiver = Channel(one), Channel(other)
        for message in messages:
            sender.send(message)
        assert [receiver.receive() for _ in messages] == messages


def test_a_long_message(ends):
    one, other = map(Channel, ends)
    message = {"text": "ä" * 3_000_000}
    thread = threading.Thread(target=one.send, args=[message])
    thread.start()
    assert other.receive() == message
    thread.join()


def test_pieces(ends):
    one, other = ends
    receiver = Channel(other)
    frame = b"\x00\x00\x00\x06[1, 2]\x00\x00\x00\x01"

    def dribble():
        for byte in frame:
            one.sendall(bytes([byte]))
        one.sendall(b"3")

    thread = threading.Thread(target=dribble)
    thread.start()
    assert receiver.receive() == [1, 2]
    assert receiver.receive() == 3
    thread.join()


@pytest.mark.parametrize("frame", [b"\x00\x00\x00\x01{", b"\x00\x00\x00\x00"])
def test_what_is_no_json(ends, frame):
    ends[0].sendall(frame)
    with pytest.raises(BadFrame, match="no JSON"):
        Channel(ends[1]).receive()


def test_a_length_beyond_the_limit(ends):
    ends[0].sendall(b"\x7f\xff\xff\xff")
    with pytest.raises(BadFrame, match="2147483647 bytes"):
        Channel(ends[1]).receive()


@pytest.mark.parametrize("message", ["x" * 20, object(), 2**70, "\ud800"])
def test_what_can_not_be_sent(ends, message):
    channel = Channel(ends[0], limit=10)
    with pytest.raises(BadFrame):
        channel.send(message)
    # Nothing of it was.
    channel.send(1)
    assert Channel(ends[1]).receive() == 1


@pytest.mark.parametrize("frame", [b"", b"\x00\x00", b"\x00\x00\x00\x09[1"])
def test_an_end(ends, frame):
    ends[0].sendall(frame)
    ends[0].close()
    with pytest.raises(ChannelClosed):
        Channel(ends[1]).receive()


def test_sending_to_nobody(ends):
    ends[1].close()
    with pytest.raises(ChannelClosed):
        Channel(ends[0]).send("x" * 10_000_000)


def test_a_deadline(ends):
    channel = Channel(ends[0])
    channel.until(time.monotonic() + 0.05)
    with pytest.raises(TimeoutError):
        channel.receive()
    with pytest.raises(TimeoutError):
        channel.send(1)
    channel.until(None)
    channel.send(1)


def test_a_deadline_of_sending(ends):
    channel = Channel(ends[0])
    channel.until(time.monotonic() + 0.05)
    with pytest.raises(TimeoutError):
        channel.send("x" * 10_000_000)


def test_a_closed_channel(ends):
    channel = Channel(ends[0])
    channel.close()
    channel.close()
    with pytest.raises(ChannelClosed):
        channel.send(1)
