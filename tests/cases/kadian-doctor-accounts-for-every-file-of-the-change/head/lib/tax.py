tax = 1
more = 2
