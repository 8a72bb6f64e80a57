import pytest

from pay.errors import BadAmount
from pay.money import Money


@pytest.mark.parametrize(
    ("text", "currency", "minor"), [("12.34", "EUR", 1234), ("12.5", "USD", 1250), ("7", "EUR", 700), ("900", "JPY", 900)]
)
def test_an_amount_is_read(text, currency, minor):
    assert Money.parse(text, currency) == Money(minor, currency)


@pytest.mark.parametrize("text", ["", "-1", "1.234", "1,5", "ten", "١٢"])
def test_what_is_not_an_amount_is_refused(text):
    with pytest.raises(BadAmount):
        Money.parse(text, "EUR")


def test_an_unknown_currency_is_refused():
    with pytest.raises(BadAmount):
        Money.parse("1", "XXX")


def test_an_amount_is_shown_in_its_currency():
    assert str(Money(1205, "EUR")) == "12.05 EUR"
    assert str(Money(900, "JPY")) == "900 JPY"


def test_currencies_do_not_mix():
    assert Money(500, "EUR").minus(Money(200, "EUR")) == Money(300, "EUR")
    with pytest.raises(BadAmount):
        Money(500, "EUR").minus(Money(200, "USD"))
