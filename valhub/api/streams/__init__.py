"""Following a submission: answers that last until something happens, and streams of events.

One thread reads the database for all followers of a process; a follower waits in a thread of the
web server, or in the loop of `valhub events`, and holds no connection meanwhile. What it gets has
passed the gate of `valhub.jobs.disclosure`.
"""
