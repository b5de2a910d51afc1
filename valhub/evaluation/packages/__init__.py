"""What comes in: archives opened safely, packages and algorithms read and checked.

Nothing here runs uploaded code, and nothing here knows how a package is executed or scored. All
faults are reported at once, each with its file, line and column and how to fix it.

`opening` is where a package begins, `algorithms.algorithm` where an algorithm does. `tasks` stands
on `tables` and `requirements`, those on `times` and `files`, and all of them on the modules here.
`tables`, most of `tasks` and opening a package load pandas and pyarrow; archives, algorithms,
faults and `config.json` are read without them.
"""
