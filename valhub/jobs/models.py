"""Submissions and everything that happens to them.

A submission is one archive; a run is one evaluation of it; a shard is the part of a run that one
worker takes at a time; a file result is written once per run and file; an event is
one row of a submission's history. States change only through conditional updates in `services`,
which makes it safe to kill any process at any line.
"""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone


class Status(models.TextChoices):
    """What people see of a submission."""

    SUBMITTING = "submitting"
    SUBMITTED = "submitted"
    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"


ENDED = (Status.FINISHED, Status.FAILED, Status.CANCELLED)
# Named one by one, because "not ended" would make a database read everything that has.
ACTIVE = (Status.SUBMITTING, Status.SUBMITTED, Status.RUNNING)


class Work(models.TextChoices):
    """The life of a piece of leased work."""

    HELD = "held"  # not to be claimed yet
    QUEUED = "queued"
    LEASED = "leased"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


UNFINISHED = (Work.QUEUED, Work.LEASED)


class Submission(models.Model):
    """One algorithm that one account submitted to one analysis."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    analysis = models.ForeignKey(
        "analyses.Analysis", on_delete=models.PROTECT, related_name="submissions"
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="submissions"
    )
    submitted_at = models.DateTimeField(default=timezone.now)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.SUBMITTING)
    # Why it ended as it did, in one sentence for its author; empty while it goes on.
    reason = models.TextField(blank=True)
    # Whether it ended through the hub's or the organiser's fault.
    our_fault = models.BooleanField(default=False)
    # Key of the stored .zip.
    algorithm = models.CharField(max_length=200)
    archive_sha256 = models.CharField(max_length=64)
    # How large the .zip is; null until the sweeper has measured what an earlier release stored.
    archive_bytes = models.PositiveBigIntegerField(null=True)
    content_hash = models.CharField(max_length=64)
    display_name = models.CharField(max_length=100, blank=True)
    archived = models.BooleanField(default=False)
    is_baseline = models.BooleanField(default=False)
    # An earlier submission of the same account with the same content.
    duplicate_of = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="duplicates"
    )
    # What everybody may see of the result, by aggregate; what only its author may see.
    result = models.JSONField(null=True)
    private_result = models.JSONField(null=True)
    events_count = models.PositiveIntegerField(default=0)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["created_by", "submitted_at"], name="submission_account"),
            models.Index(
                fields=["analysis", "created_by", "submitted_at"], name="submission_quota"
            ),
            models.Index(fields=["status", "submitted_at"], name="submission_status"),
        ]

    def __str__(self) -> str:
        return f"submission {self.id}"


class Run(models.Model):
    """One evaluation of a submission on one version."""

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="runs")
    # Its index is `run_version_status`: given one of its own, databases without statistics would
    # read all runs there ever were to find the few that are waiting.
    version = models.ForeignKey(
        "analyses.AnalysisVersion", on_delete=models.PROTECT, related_name="runs", db_index=False
    )
    number = models.PositiveIntegerField(default=1)
    # The submission's own states, without `submitting`.
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.SUBMITTED)
    # Whether its shards may be claimed: an analysis runs only so many submissions at once.
    admitted = models.BooleanField(default=False)
    # Its place among all runs that wait, dealt fairly between accounts.
    turn = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)
    # Whether it counts against its author's quotas for good: a file that is not public was judged.
    counted = models.BooleanField(default=False, db_default=False)
    verdict = models.CharField(max_length=20, blank=True)
    coverage = models.FloatField(null=True)
    # What `summarise` made of it, as documents: aggregates by name, and slices.
    aggregates = models.JSONField(default=dict)
    slices = models.JSONField(default=list)
    # The final part in sum, which is in none of the above: a `PartSummary`. Null without one.
    final = models.JSONField(null=True, blank=True)
    # Whether its scores count and are shown; false where only improvements are released.
    released = models.BooleanField(default=True, db_default=True)
    receipt = models.JSONField(default=dict)
    # What a script package's `evaluate` returned.
    returned = models.JSONField(default=dict)
    # How many files one event reports; how many have a result that none has reported yet, and the
    # last `FileResult` that one has.
    files_per_event = models.PositiveIntegerField(default=1, db_default=1)
    unreported = models.PositiveIntegerField(default=0, db_default=0)
    reported_to = models.PositiveBigIntegerField(default=0, db_default=0)
    # Why that failed, in full: for its organiser alone, because it has seen the truth. Null without
    # a failure, as MySQL gives a text no default.
    evaluation_report = models.TextField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["submission", "number"], name="run_number_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["status", "admitted", "turn"], name="run_waiting"),
            models.Index(fields=["version", "status"], name="run_version_status"),
        ]

    def __str__(self) -> str:
        return f"run {self.number} of {self.submission}"


class LeasedWork(models.Model):
    """Work that one worker at a time may hold, for a while.

    `attempt` is the fencing token: it goes up with every claim, and whoever writes must name the
    attempt it claimed. `deaths` counts how often its holder died; `count_death` says
    what is one death.
    """

    state = models.CharField(max_length=10, choices=Work.choices, default=Work.QUEUED)
    attempt = models.PositiveIntegerField(default=0)
    deaths = models.PositiveIntegerField(default=0)
    owner = models.CharField(max_length=100, blank=True)
    lease_until = models.DateTimeField(null=True)
    # When it became claimable, and when workers were last notified, on the database's clock.
    queued_at = models.DateTimeField(db_default=Now())
    woken_at = models.DateTimeField(db_default=Now())
    # When it was claimed, or the last file of it was finished.
    progressed_at = models.DateTimeField(null=True)
    # When its holder died last, in a death that was counted.
    died_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True


class Preparation(LeasedWork):
    """The data set of a version, to be prepared before anything runs on it."""

    version = models.OneToOneField(
        "analyses.AnalysisVersion", on_delete=models.CASCADE, related_name="preparation"
    )
    reason = models.TextField(blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["state", "id"], name="preparation_queue")]

    def __str__(self) -> str:
        return f"preparation of {self.version}"


class Build(LeasedWork):
    """The environment of a run, to be made on one machine before the run goes on there.

    Each machine has a store of environments of its own. The rows stay for a day, as the time that
    they took counts against the account's budget.
    """

    # The constraint's index serves it.
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="builds", db_index=False)
    # The name of the machine's store, and what is to be made in it; see `EnvironmentStore`.
    store = models.CharField(max_length=32)
    environment = models.CharField(max_length=64)
    # Why it waits although nobody else is before it; no builder tries before `try_after`.
    trouble = models.TextField(blank=True)
    tries = models.PositiveIntegerField(default=0)
    try_after = models.DateTimeField(db_default=Now())
    # When a builder of its machine was last alive.
    seen_at = models.DateTimeField(db_default=Now())
    # How long builders have worked on it, as far as that counts against the budget.
    seconds = models.FloatField(default=0.0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "store"], name="build_once_a_machine"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["state", "store"], name="build_queue"),
        ]

    def __str__(self) -> str:
        return f"environment of {self.run} on {self.store[:8]}"


class Shard(LeasedWork):
    """Some of a run's files."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="shards")
    ordinal = models.PositiveIntegerField()
    # Keys of `analyses.DataFile`, in the order in which they are run.
    files = models.JSONField(default=list)
    # Its run's turn, and after it the shard's own: what is claimed next has the lowest.
    turn = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "ordinal"], name="shard_ordinal_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["state", "turn", "id"], name="shard_queue"),
            models.Index(fields=["state", "lease_until"], name="shard_lease"),
        ]

    def __str__(self) -> str:
        return f"shard {self.ordinal} of {self.run}"


class FileResult(models.Model):
    """What came of one file in one run; written once."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="file_results")
    file = models.ForeignKey("analyses.DataFile", on_delete=models.PROTECT, related_name="results")
    verdict = models.CharField(max_length=20)
    message = models.TextField(blank=True)
    metrics = models.JSONField(default=dict)
    coverage = models.FloatField(default=0.0)
    wall_s = models.FloatField(default=0.0)
    cpu_s = models.FloatField(default=0.0)
    # Whether `wall_s` and `cpu_s` say anything; read `elapsed_s` and `cpu_time_s`. As nulls
    # they would end the pages of versions before, which know no time that was not measured.
    wall_measured = models.BooleanField(default=True, db_default=True)
    cpu_measured = models.BooleanField(default=True, db_default=True)
    peak_memory_bytes = models.PositiveBigIntegerField(default=0)
    traceback = models.TextField(blank=True)
    logs = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "file"], name="file_result_once"),
        ]

    def __str__(self) -> str:
        return f"{self.verdict} on {self.file}"

    @property
    def elapsed_s(self) -> float | None:
        """Seconds the call took; None where it was interrupted, so that nothing measured them."""
        return self.wall_s if self.wall_measured else None

    @property
    def cpu_time_s(self) -> float | None:
        """Processor seconds; None where the worker had no control groups to measure them."""
        return self.cpu_s if self.cpu_measured else None


class Event(models.Model):
    """One thing that happened to a submission; numbers have no gap."""

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="events")
    number = models.PositiveIntegerField()
    at = models.DateTimeField(default=timezone.now)
    kind = models.CharField(max_length=30)
    data = models.JSONField(default=dict)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["submission", "number"], name="event_number_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.submission}"


class Turn(models.Model):
    """How far an account's place in the queue has come; see `services.queueing`."""

    account = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="turn"
    )
    last = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"turn of {self.account}"


class Worker(models.Model):
    """A worker process, alive for as long as its heartbeat is fresh."""

    name = models.CharField(max_length=100, unique=True)
    started_at = models.DateTimeField(default=timezone.now)
    heartbeat_at = models.DateTimeField(default=timezone.now)
    # Why it takes no work, such as a missing sandbox; empty when it does.
    trouble = models.TextField(blank=True)
    doing = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return self.name


class Heartbeat(models.Model):
    """The last sign of life of a kind of process that takes no work, such as the sweeper."""

    process = models.CharField(max_length=20, unique=True)
    at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"heartbeat of the {self.process}"


class Space(models.Model):
    """How many bytes something takes, or has free, on one machine of the hub."""

    machine = models.CharField(max_length=100)
    what = models.CharField(max_length=20)
    bytes = models.PositiveBigIntegerField()
    measured_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["machine", "what"], name="space_once_a_machine")
        ]

    def __str__(self) -> str:
        return f"{self.what} on {self.machine}"


class Launch(models.Model):
    """One instance that is, was or is to be launched for an analysis; see `services.launching`.

    The row exists before the instance is requested, so that a crash in between is noticed.
    """

    analysis = models.ForeignKey(
        "analyses.Analysis", on_delete=models.CASCADE, related_name="launches"
    )
    # Its place among the analysis' instances; null once it has ended.
    slot = models.PositiveIntegerField(null=True)
    # What the instance is tagged with.
    token = models.UUIDField(default=uuid.uuid4, unique=True)
    # Empty until it is known.
    instance_id = models.CharField(max_length=200, blank=True)
    tries = models.PositiveIntegerField(default=0)
    # No sweeper tries before this moment.
    try_after = models.DateTimeField(default=timezone.now)
    # Why it was not launched yet, or why it was ended.
    trouble = models.TextField(blank=True)
    asked_at = models.DateTimeField(default=timezone.now)
    launched_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "launches"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["analysis", "slot"], name="launch_slot_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["ended_at"], name="launch_ended")]

    def __str__(self) -> str:
        return f"instance {self.instance_id or 'to be launched'} of {self.analysis}"


class Tally(models.Model):
    """How often an analysis' work has ended in one way, ever; see `services.tallies`.

    Monitoring reads these few rows instead of counting many.
    """

    analysis = models.ForeignKey(
        "analyses.Analysis", on_delete=models.CASCADE, related_name="tallies"
    )
    # How a run ended, as its status, or that a lease was lost.
    what = models.CharField(max_length=12)
    # The run's verdict, if there is one, or the kind of work that was leased.
    kind = models.CharField(max_length=20)
    # Runs that took no longer than this and longer than the next lower one; 0 if they never began.
    within_s = models.PositiveIntegerField()
    count = models.PositiveBigIntegerField(default=0)
    # How long they took altogether.
    seconds = models.FloatField(default=0.0)

    class Meta:
        verbose_name_plural = "tallies"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["analysis", "what", "kind", "within_s"], name="tally_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.count} times {self.what} {self.kind} within {self.within_s} s"


class RequirementLock(models.Model):
    """What some requirements first resolved to for a version; never changed.

    All workers use it, so that the same submission gets the same packages on every machine.
    """

    # The constraint's index serves it.
    version = models.ForeignKey(
        "analyses.AnalysisVersion",
        on_delete=models.CASCADE,
        related_name="requirement_locks",
        db_index=False,
    )
    # Hash of the requirements and of what they were resolved for; see `LockQuestion`.
    name = models.CharField(max_length=64)
    document = models.TextField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["version", "name"], name="lock_name_once"),
        ]

    def __str__(self) -> str:
        return f"lock {self.name[:8]} of {self.version}"


class Mark(models.Model):
    """How far something has come that goes through all rows, a few at a time."""

    name = models.CharField(max_length=50, unique=True)
    number = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name}: {self.number}"
