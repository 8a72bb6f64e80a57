def test_total():
    assert total([]) == 0


def test_refund():
    assert refund(payment(10), 4).amount == 6
