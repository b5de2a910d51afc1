"""Boards, entries and scores, arranged so that a page is one index range.

A score row repeats what its board is sorted by (completeness, value, time), because no database
here can use one index across two tables. An entry is an account's best run. Keys that begin a
constraint or an index below have none of their own: every index makes placing a run slower.
"""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone


class Board(models.Model):
    """The leaderboard of one version; `number` goes up with every change, and names the page."""

    version = models.OneToOneField(
        "analyses.AnalysisVersion", on_delete=models.CASCADE, related_name="board"
    )
    number = models.PositiveBigIntegerField(default=0)
    entries_count = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"board of {self.version}"


class Entry(models.Model):
    """An account's place on a board: its best run."""

    board = models.ForeignKey(
        Board, on_delete=models.CASCADE, related_name="entries", db_index=False
    )
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="entries"
    )
    # Jobs are a layer above, so these are plain keys.
    submission_id = models.UUIDField()
    run_id = models.BigIntegerField()
    display_name = models.CharField(max_length=100, blank=True)
    is_baseline = models.BooleanField(default=False)
    # Share of the board's files that were scored.
    coverage = models.FloatField()
    # The same of the final part; null without one.
    final_coverage = models.FloatField(null=True, blank=True)
    submitted_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "entries"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["board", "account"], name="entry_account_once"),
            models.UniqueConstraint(fields=["run_id"], name="entry_run_once"),
        ]

    def __str__(self) -> str:
        return f"{self.display_name or self.account} on {self.board}"


class RunLosses(models.Model):
    """What a scored run lost on each system in one column: what possible ranks are made of.

    Every scored run of the version has a row, whether its account's best or not, and keeps it when
    the run leaves the board: the more runs there were, the more of them look good by chance.
    """

    board = models.ForeignKey(
        Board, on_delete=models.CASCADE, related_name="losses", db_index=False
    )
    column = models.CharField(max_length=200)
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    run_id = models.BigIntegerField()
    # As `PackedLosses` has them; without systems where the evaluation gives one number in all.
    systems = models.PositiveIntegerField()
    files = models.PositiveIntegerField()
    losses = models.BinaryField()
    missing = models.BinaryField()
    digest = models.BigIntegerField()

    class Meta:
        verbose_name_plural = "losses of runs"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run_id", "column"], name="losses_run_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["board", "column", "digest"], name="losses_distinct"),
            models.Index(fields=["account", "board", "column"], name="losses_account"),
        ]

    def __str__(self) -> str:
        return f"losses of run {self.run_id} on {self.board}"


class Score(models.Model):
    """One aggregate of one entry, in the order of its board.

    `standing` sorts first: 0 complete, then incomplete ones by what they lack, last without value.
    `sort_value` is ascending whichever direction is better.
    """

    board = models.ForeignKey(
        Board, on_delete=models.CASCADE, related_name="scores", db_index=False
    )
    entry = models.ForeignKey(
        Entry, on_delete=models.CASCADE, related_name="scores", db_index=False
    )
    column = models.CharField(max_length=200)
    value = models.FloatField(null=True)
    # Ends of its 95 % interval, each null where it is open, and the number of systems it is of, at
    # so many sites (0 where that is not known).
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    systems = models.PositiveIntegerField(default=0, db_default=0)
    sites = models.PositiveIntegerField(default=0, db_default=0)
    standing = models.FloatField()
    sort_value = models.FloatField()
    submitted_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["entry", "column"], name="score_column_once"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["board", "column", "standing", "sort_value", "submitted_at", "entry"],
                name="score_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.column} of {self.entry}"
