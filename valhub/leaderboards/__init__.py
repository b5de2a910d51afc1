"""Leaderboards: one entry per account and analysis version, ready to be read in order."""
