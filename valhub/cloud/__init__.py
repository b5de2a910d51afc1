"""What differs between one machine and many: where files are kept."""
