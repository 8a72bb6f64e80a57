def total(items):
    return sum(item.price for item in items)


def refund(payment, amount):
    if amount > payment.amount:
        raise ValueError("more than was paid")
    payment.amount -= amount
    return payment
