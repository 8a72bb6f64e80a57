"""Amounts as whole numbers of a currency's smallest unit, so that nothing is lost to rounding."""

from __future__ import annotations

from dataclasses import dataclass

from pay.errors import BadAmount

DIGITS = {"EUR": 2, "JPY": 0, "USD": 2}


@dataclass(frozen=True)
class Money:
    minor: int
    currency: str

    @classmethod
    def parse(cls, text: str, currency: str) -> Money:
        """Reads an amount such as `12.5`; what is not one raises BadAmount."""
        digits = DIGITS.get(currency)
        if digits is None:
            raise BadAmount(f"unknown currency: {currency}")
        whole, _, rest = text.partition(".")
        if not (whole + rest).isascii() or not (whole + rest).isdecimal() or len(rest) > digits:
            raise BadAmount(f"not an amount in {currency}: {text}")
        return cls(int(whole + rest.ljust(digits, "0")), currency)

    def __str__(self) -> str:
        digits = DIGITS[self.currency]
        whole, rest = divmod(self.minor, 10**digits)
        return f"{whole}.{rest:0{digits}} {self.currency}" if digits else f"{whole} {self.currency}"

    def minus(self, other: Money) -> Money:
        """What is left; another currency raises BadAmount."""
        if other.currency != self.currency:
            raise BadAmount(f"{other} is not in {self.currency}")
        return Money(self.minor - other.minor, self.currency)
