"""What changes submissions and their work: queueing, leases, results, ends.

Whoever locks or changes several rows in one transaction does so in one order, so that two of them
never wait for each other, on any database:

    preparation, turn, analysis, run, shard, version, build, submission, board, entry

A row that is inserted locks, for reading, those it points at: a file result its run, a submission
its analysis. On MySQL and MariaDB so does a run whose status changes: its version. Of two runs, or
two boards, only `admit_runs` and the archiving of a submission lock more than one; the first holds
its analysis, the second goes by version. `admit_runs` locks what belongs to others, so it waits for
the end of the caller's transaction (`admit_after_commit`). Accounts are locked by nobody who then
asks for one of these.
"""
