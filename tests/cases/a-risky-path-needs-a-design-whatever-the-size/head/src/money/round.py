def up(x):
    return x + 1
