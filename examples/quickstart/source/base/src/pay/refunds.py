"""Giving payments back."""

from __future__ import annotations

from pay.errors import NotRefundable
from pay.money import Money
from pay.payments import Payment, Payments, Status


def refund(payments: Payments, payment: Payment) -> Money:
    """Gives the whole payment back, once."""
    if payment.status is Status.REFUNDED:
        raise NotRefundable(f"{payment.id} has been refunded already")
    payments.gateway.refund(payment.reference, payment.amount, key=f"refund-{payment.id}")
    payments.journal.record("refund", payment.id, payment.amount)
    payment.status = Status.REFUNDED
    return payment.amount
