same = 1
