"""The service's interface: a request in, a status and a body out."""

from __future__ import annotations

from datetime import date

from pay import receipts, refunds
from pay.errors import BadAmount, GatewayFailed, NotRefundable, PayError, UnknownPayment
from pay.money import Money
from pay.payments import Payments

Answer = tuple[int, dict[str, object]]

STATUS = {BadAmount: 400, UnknownPayment: 404, NotRefundable: 409, GatewayFailed: 502}


def handle(payments: Payments, route: str, body: dict[str, str], today: date) -> Answer:
    """Answers one request; whatever the service refuses becomes a status of 400 or more."""
    try:
        return ROUTES[route](payments, body, today)
    except KeyError as missing:
        return 400, {"error": f"missing or unknown: {missing}"}
    except PayError as error:
        return STATUS[type(error)], {"error": str(error)}


def capture(payments: Payments, body: dict[str, str], today: date) -> Answer:
    amount = Money.parse(body["amount"], body["currency"])
    payment = payments.capture(body["id"], amount, body["card"], body["customer"], today)
    receipts.send(payment)
    return 201, {"id": payment.id, "amount": str(payment.amount)}


def refund(payments: Payments, body: dict[str, str], today: date) -> Answer:
    amount = refunds.refund(payments, payments.get(body["id"]))
    return 201, {"id": body["id"], "refunded": str(amount)}


ROUTES = {"capture": capture, "refund": refund}
