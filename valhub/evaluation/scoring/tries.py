"""How the 5 % of a table are shared among all scored runs, so that nobody's tries cost others.

Whoever stands on a board was chosen from all runs of their account, so a claim about two entries
must hold for every pair of runs that they could have been. Each run has a share, and a pair may err
as often as the product of its two shares. The runs of one account have one share in all: the more
results it has, the more wins a claim about its own entry takes, and nobody else's.
"""

from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass
from typing import TypeVar

Account = TypeVar("Account", bound=Hashable)


@dataclass(frozen=True)
class Tries:
    """All scored runs of a version, those that are alike on every system once.

    Attributes
    ----------
    runs : int
        How many there are.
    shares, squares : float
        The sums of their shares and of the squares of these.
    """

    runs: int
    shares: float
    squares: float

    @classmethod
    def of_equals(cls, runs: int) -> "Tries":
        """Give so many runs equal shares, as if each were an account's only one."""
        return cls(runs, runs, runs)

    def with_unknown(self, runs: int) -> "Tries":
        """Add runs whose results are not known, so that each counts as one of its own."""
        return Tries(self.runs + runs, self.shares + runs, self.squares + runs)

    def family(self, one: float, other: float) -> int:
        """Of how many runs with equal shares a pair would be held to the same.

        Returns
        -------
        int
            A power of two, at least 1, so that what is shown changes rarely.
        """
        pairs = (self.shares**2 - self.squares) / (one * other)
        family = 1
        while family * (family - 1) < pairs:
            family *= 2
        return family

    def rivals(self, one: float, other: float) -> int:
        """The same for one run against all others, which makes no claim about their pairs."""
        return power_of_two(1 + (self.shares - one) / other)


def power_of_two(number: float) -> int:
    """Round up to a power of two, at least 1."""
    power = 1
    while power < number:
        power *= 2
    return power


def share_of(results: int) -> float:
    """Give the share of each of an account's different results; all of them have at most 1."""
    return 1 / power_of_two(results)


def count_tries(results: Mapping[Account, int], shared: Mapping[int, Collection[Account]]) -> Tries:
    """Count the results of accounts.

    Parameters
    ----------
    results : mapping of account to int
        How many different results each account has.
    shared : mapping of digest to collection of account
        The results that several accounts have, such as that of an example. Each counts once, with
        the largest of their shares.
    """
    alone = dict(results)
    shares = [shared_by(results, accounts) for accounts in shared.values()]
    for accounts in shared.values():
        for account in accounts:
            alone[account] -= 1
    own = [(share_of(results[account]), count) for account, count in alone.items()]
    return Tries(
        runs=len(shares) + sum(count for _, count in own),
        shares=sum(shares) + sum(share * count for share, count in own),
        squares=sum(one**2 for one in shares) + sum(share**2 * count for share, count in own),
    )


def shared_by(results: Mapping[Account, int], accounts: Collection[Account]) -> float:
    """Give the share of a result that some accounts have."""
    return max(share_of(results[account]) for account in accounts)
