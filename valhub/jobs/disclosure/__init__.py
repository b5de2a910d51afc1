"""What a reader may see of a run: one gate, which every page, route and stored result passes.

`rules` decides and `rounding` rounds; the other modules apply both to one kind of thing each, and
`shown_run` and `results` put them together. Nobody else reads the raw columns of a run or of a
file's result to show them, which a test holds. `docs/organisers.md` has the rules as a table.
"""
