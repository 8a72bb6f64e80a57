from pay import receipts


def test_the_receipt_goes_to_the_customer(payment, ran):
    receipts.send(payment)
    [(command, kwargs)] = ran
    assert command[-1] == "ana@example.com"
    assert "30.00 EUR" in kwargs["input"]
