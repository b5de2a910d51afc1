"""The API, for programs: `v0`, the documented routes, and what all routes share."""
