"""Jobs: submissions, their runs and shards, leases, file results and events; the worker."""
