"""What differs between one machine and many: storage of files, queues, launching of workers.

`databases` (with `mysql`), `storage_address`, `queues.address` and `launchers.address` each read
one setting; the last three share `addresses`. `storage` is what the hub does with files;
`whole_files` and `s3` do it on disk and in a bucket. `transactions` and `row_locks` are how every
database is written to, `incoming_files` is where uploads arrive, and `instance` is what an EC2
instance knows of itself.
"""
