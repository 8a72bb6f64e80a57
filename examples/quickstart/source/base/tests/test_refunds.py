import pytest

from pay.errors import NotRefundable
from pay.money import Money
from pay.payments import Status
from pay.refunds import refund


def test_a_payment_is_given_back(payments, payment):
    refund(payments, payment)
    assert payment.status is Status.REFUNDED
    assert [entry.amount for entry in payments.journal.of("p1", "refund")] == [Money(3000, "EUR")]


def test_a_payment_is_not_given_back_twice(payments, payment):
    refund(payments, payment)
    with pytest.raises(NotRefundable):
        refund(payments, payment)
