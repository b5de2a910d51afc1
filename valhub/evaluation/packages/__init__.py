"""What comes in: archives opened safely, packages and algorithms read and checked.

Nothing here runs uploaded code, and nothing here knows how a package is executed or scored. All
faults are reported at once, each with its file, line and column and how to fix it.

`frames`, `references`, `tables` and `dataset` read data and load pandas and pyarrow, as does
opening a package; archives, algorithms, faults and `config.json` are read without them.
"""
