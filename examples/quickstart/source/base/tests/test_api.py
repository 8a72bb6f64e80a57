from datetime import date

from pay.api import handle

TODAY = date(2026, 11, 12)
ORDER = {"id": "p2", "amount": "12.50", "currency": "EUR", "card": "tok-1", "customer": "ana@example.com"}


def test_a_capture_is_answered_and_mailed(payments, ran):
    assert handle(payments, "capture", ORDER, TODAY) == (201, {"id": "p2", "amount": "12.50 EUR"})
    assert len(ran) == 1


def test_a_bad_amount_is_the_callers_mistake(payments):
    assert handle(payments, "capture", ORDER | {"amount": "a lot"}, TODAY)[0] == 400


def test_an_unknown_payment_is_not_found(payments):
    assert handle(payments, "refund", {"id": "p9"}, TODAY)[0] == 404


def test_a_missing_field_is_named(payments):
    assert handle(payments, "capture", {"id": "p2", "amount": "1"}, TODAY) == (400, {"error": "missing or unknown: 'currency'"})


def test_a_refund_says_what_was_given_back(payments, payment):
    assert handle(payments, "refund", {"id": "p1"}, TODAY)[1]["refunded"] == "30.00 EUR"
