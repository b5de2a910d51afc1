"""`valhub backup` and `valhub restore`: a hub as a folder, between any databases and storages.

A backup is `tables/LABEL.jsonl.gz`, one row a line as Django serialises it; `files/KEY`, the stored
archives; and `manifest.json`, written last, without which the folder is no backup. Caches and
sessions are left out: they are created again.
"""
