"""No attack: what must come out right after every one."""


def attack(count=1000):
    return sum(range(count))
