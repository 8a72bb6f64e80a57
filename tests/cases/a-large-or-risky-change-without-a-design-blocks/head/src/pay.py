def total(items):
    return sum(items)


def refund(total, part):
    if part > total:
        raise ValueError(part)
    return total - part
