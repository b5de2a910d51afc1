"""The engine: a package and an algorithm go in; verdicts, scores and a report come out.

A folder per noun: `packages` (what comes in), `execution` (where it runs), `scoring` (what it is
worth). `results` holds the values they share. Nothing here knows a web framework or a database.
"""
