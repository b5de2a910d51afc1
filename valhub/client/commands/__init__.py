"""The sub-commands of `valhub`, one file each: options and help here, the work elsewhere."""
