import io

import pytest

from pay.errors import GatewayFailed
from pay.gateway import Gateway
from pay.money import Money


class FakeConnection:
    def __init__(self, status=201, error=None):
        self.status, self.error, self.sent = status, error, []

    def __call__(self, host, timeout):
        return self

    def request(self, *args):
        self.sent.append(args)
        if self.error:
            raise self.error

    def getresponse(self):
        answer = io.BytesIO(b'{"reference": "ref-9"}')
        answer.status = self.status
        return answer

    def close(self):
        pass


def test_a_capture_returns_the_reference():
    connection = FakeConnection()
    assert Gateway("cards.example.com", connection).capture("tok-1", Money(100, "EUR"), "k1") == "ref-9"
    assert connection.sent[0][:2] == ("POST", "/captures")


def test_a_refund_names_the_capture():
    connection = FakeConnection()
    Gateway("cards.example.com", connection).refund("ref-1", Money(100, "EUR"), "k2")
    assert connection.sent[0][1] == "/captures/ref-1/refunds"


@pytest.mark.parametrize("connection", [FakeConnection(status=402), FakeConnection(error=TimeoutError("timed out"))])
def test_a_gateway_that_fails_is_reported(connection):
    with pytest.raises(GatewayFailed):
        Gateway("cards.example.com", connection).capture("tok-1", Money(100, "EUR"), "k3")
