"""A shop with one payment, a gateway that only remembers, and programs that only pretend to run."""

from datetime import date

import pytest

from pay import receipts
from pay.journal import Journal
from pay.money import Money
from pay.payments import Payments


class FakeGateway:
    def __init__(self):
        self.calls = []

    def capture(self, card, amount, key):
        self.calls.append(key)
        return "ref-1"

    def refund(self, reference, amount, key):
        self.calls.append(key)
        return "ref-2"


@pytest.fixture
def payments():
    return Payments(FakeGateway(), Journal())


@pytest.fixture
def payment(payments):
    return payments.capture("p1", Money(3000, "EUR"), "tok-1", "ana@example.com", date(2026, 11, 2))


@pytest.fixture
def ran(monkeypatch):
    commands = []
    monkeypatch.setattr(receipts.subprocess, "run", lambda command, **kwargs: commands.append((command, kwargs)))
    return commands
