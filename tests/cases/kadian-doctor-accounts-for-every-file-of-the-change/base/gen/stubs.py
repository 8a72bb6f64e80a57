stub = 1
