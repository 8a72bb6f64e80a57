stub = 2
