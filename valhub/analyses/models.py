"""Analyses, their versions and data files.

An analysis is what people see; a version is one package, immutable, named by its content hash.
Only the newest version accepts submissions; entries of older ones are outdated.
"""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from valhub.evaluation.packages.tasks.parts import Part


class AnalysisState(models.TextChoices):
    """Who may see an analysis, and whether it accepts submissions."""

    DRAFT = "draft"
    PUBLISHED = "published"
    CLOSED = "closed"


class PackageKind(models.TextChoices):
    """The two kinds of packages."""

    TASK = "task"
    SCRIPT = "script"


class Analysis(models.Model):
    """What an organiser publishes: data with hidden truth, and how answers are scored."""

    analysis_name = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    short_description = models.TextField(blank=True)
    ruleset = models.TextField(blank=True)
    dataset_description = models.TextField(blank=True)
    creator = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="analyses"
    )
    annotation_file_name = models.CharField(max_length=200, default="test_annotation.txt")
    max_concurrent_submission_evaluation = models.PositiveIntegerField(default=100)
    # For script packages, as `split.metric`; empty for the first metric of the first split.
    primary_metric = models.CharField(max_length=200, blank=True)
    lower_is_better = models.BooleanField(default=False)
    state = models.CharField(
        max_length=10, choices=AnalysisState.choices, default=AnalysisState.PUBLISHED
    )
    created_at = models.DateTimeField(default=timezone.now)
    # The version that accepts submissions; null only while the first one is being stored.
    current_version = models.OneToOneField(
        "AnalysisVersion",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="current_of",
    )

    class Meta:
        verbose_name_plural = "analyses"
        indexes: ClassVar = [models.Index(fields=["state", "created_at"], name="analysis_state")]

    def __str__(self) -> str:
        return self.analysis_name


class AnalysisVersion(models.Model):
    """One package of an analysis, as it was uploaded."""

    analysis = models.ForeignKey(Analysis, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=PackageKind.choices)
    content_hash = models.CharField(max_length=64)
    # Key of the stored .zip.
    archive = models.CharField(max_length=200)
    archive_sha256 = models.CharField(max_length=64)
    # How large the .zip is; null until the sweeper has measured what an earlier release stored.
    archive_bytes = models.PositiveBigIntegerField(null=True)
    # What a task package asks algorithms for; empty for a script package.
    function_name = models.TextField(blank=True, default="", db_default="")
    # What a task package offers that function besides the data: {"names": [...], "by_position":
    # bool}. Null for a script package, and for versions stored before this column was.
    offered_arguments = models.JSONField(null=True, blank=True)
    # What a task package declares about the environment: a `TaskEnvironment`. Null as above.
    environment = models.JSONField(null=True, blank=True)
    # The memory that a task package asks for each file; 0 for what the hub gives.
    memory_bytes = models.PositiveBigIntegerField(default=0, db_default=0)
    # What its organiser should look at, though it is no fault, as sentences. They can say something
    # about the truth, so nobody else reads them. Null where an earlier release stored the version.
    notes = models.JSONField(default=list, null=True)
    # The aggregates of its board, primary first: documents of `BoardColumn`.
    columns = models.JSONField(default=list)
    # The per-file columns its authors see: [{"name", "unit"}].
    file_columns = models.JSONField(default=list)
    # What it declares about showing and comparing results: a `Declared`, which `disclosure` reads.
    # Null for a script package, and for versions stored before this column was.
    disclosure = models.JSONField(null=True, blank=True)
    # What a task package asks of algorithms: a `TaskContract`. Null as above.
    contract = models.JSONField(null=True, blank=True)
    # How many files of its final part count on the leaderboard; 0 without such a part.
    final_files = models.PositiveIntegerField(default=0, db_default=0)
    # When the organiser revealed the scores of its final part; null as long as they are secret.
    revealed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["analysis", "number"], name="version_number_once"),
            models.UniqueConstraint(
                fields=["analysis", "content_hash"], name="version_content_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.analysis} v{self.number}"


class DataFile(models.Model):
    """One file an algorithm is run on."""

    version = models.ForeignKey(AnalysisVersion, on_delete=models.CASCADE, related_name="files")
    ordinal = models.PositiveIntegerField()
    name = models.CharField(max_length=255)
    # In bytes as uploaded: what a file costs grows with it.
    size = models.PositiveBigIntegerField()
    on_leaderboard = models.BooleanField(default=True)
    # What participants get of it: one of `Part`.
    part = models.CharField(max_length=10, default=Part.HIDDEN, db_default="hidden")
    # What earlier releases read and wrote instead of `part`; nothing reads it here.
    public = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["version", "name"], name="data_file_name_once"),
            models.UniqueConstraint(fields=["version", "ordinal"], name="data_file_ordinal_once"),
        ]

    def __str__(self) -> str:
        return self.name


class PublicPart(models.Model):
    """What participants can download of a version, stored with it."""

    version = models.OneToOneField(
        AnalysisVersion, on_delete=models.CASCADE, primary_key=True, related_name="public_part"
    )
    # The stored .zip of all of it.
    archive = models.CharField(max_length=200)
    archive_sha256 = models.CharField(max_length=64)
    archive_size = models.PositiveBigIntegerField()
    # The files, each stored by itself with its truth: documents of `public_files.PublicFile`.
    files = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"public files of {self.version}"
