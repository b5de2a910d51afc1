"""The programs' door: `v0`, the documented routes."""
