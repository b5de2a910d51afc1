"""What comes in: archives opened safely, packages and algorithms read and checked.

Nothing here runs anybody's code, and nothing here knows how a package is executed or scored. Every
fault found is told at once, with its file, line and column and the mend.

`frames`, `references`, `tables` and `dataset` read data and load pandas and pyarrow, as does who
opens a package; archives, algorithms, faults and `config.json` are read without them.
"""
