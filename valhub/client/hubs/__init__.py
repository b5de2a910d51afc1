"""Hubs on the network, as a program sees them: the client of `/api/v1`, for scripts and notebooks.

Every operation is written once, as steps (`steps.py`) that a connection takes (`connections.py`),
waiting for each answer or awaiting it. `answers.py` turns an answer into a document or an error,
`records.py` a document into values with types. Nothing here writes to a terminal.
"""
