one = 1
two = 2 if one else 3
three = 3
