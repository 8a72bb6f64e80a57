"""What can go wrong, told apart by what the caller can do about it."""


class PayError(Exception):
    """Anything that this service refuses or fails to do."""


class BadAmount(PayError):
    """An amount that cannot be read, or that does not fit the payment."""


class UnknownPayment(PayError):
    """No payment has this id."""


class NotRefundable(PayError):
    """The payment has been given back already."""


class GatewayFailed(PayError):
    """The card gateway refused, or did not answer in time."""
