"""The `valhub` command: the engine on a person's own machine.

`cli` is the command and its error handler, `commands` holds one file per sub-command, `report`
draws the HTML page. Nothing here decides a score; it stands on `valhub.evaluation` only.
"""
