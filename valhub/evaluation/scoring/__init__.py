"""What an answer is worth: alignment with the truth, metrics, statistics, summaries, ranks.

Pure calculation on values: nothing here reads a file, starts a process or runs an algorithm.
"""

SCORER_VERSION = "1"
"""Part of every receipt; goes up when any score could come out different for the same answer."""
