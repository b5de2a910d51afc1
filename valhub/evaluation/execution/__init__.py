"""Where algorithms run: environments, the sandbox, the wire, the guest inside and the host outside.

Nothing that decides a score runs where the algorithm runs: the clock, the limits, the truth and the
metrics are on the host's side of the wire.
"""
