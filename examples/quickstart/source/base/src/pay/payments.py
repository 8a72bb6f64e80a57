"""Payments and their life: captured, then perhaps refunded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import Enum

from pay.errors import UnknownPayment
from pay.gateway import Gateway
from pay.journal import Journal
from pay.money import Money


class Status(Enum):
    CAPTURED = "captured"
    REFUNDED = "refunded"


@dataclass
class Payment:
    id: str
    amount: Money
    customer: str
    reference: str
    captured_on: date
    status: Status = Status.CAPTURED


class Payments:
    def __init__(self, gateway: Gateway, journal: Journal) -> None:
        self.gateway = gateway
        self.journal = journal
        self._by_id: dict[str, Payment] = {}

    def capture(self, id: str, amount: Money, card: str, customer: str, today: date) -> Payment:
        reference = self.gateway.capture(card, amount, key=f"capture-{id}")
        self.journal.record("capture", id, amount)
        self._by_id[id] = Payment(id, amount, customer, reference, today)
        return self._by_id[id]

    def get(self, id: str) -> Payment:
        try:
            return self._by_id[id]
        except KeyError:
            raise UnknownPayment(f"no payment has the id {id}") from None
