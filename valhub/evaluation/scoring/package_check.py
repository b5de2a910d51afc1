"""Whether a package's truth and configuration suit the metrics it asks for.

All this is also judged for each file when it is scored; here, before anybody submits.
"""

from valhub.evaluation.packages.faults import FaultList, all_faults
from valhub.evaluation.packages.tables.csv_lines import lines_of
from valhub.evaluation.packages.tasks.task_config import CONFIG
from valhub.evaluation.packages.tasks.task_package import TaskPackage
from valhub.evaluation.scoring.metrics import METRICS, MetricKind
from valhub.evaluation.scoring.plan import Scoring


def check_scoring(package: TaskPackage) -> None:
    """Check that every metric can be computed from the package's truth.

    Raises
    ------
    InvalidPackage
        With every reason why an answer could not be scored.
    """
    with all_faults(package.name) as faults:
        classes = [
            metric
            for metric in (named.metric for one in package.config.columns.values() for named in one)
            if METRICS[metric].kind is MetricKind.CLASSIFICATION
        ]
        if classes:
            _check_classes(package, classes[0], faults)
        Scoring.from_config(package.config)


def _check_classes(package: TaskPackage, metric: str, faults: FaultList) -> None:
    fill = package.config.fill_missing
    if fill not in (None, 0, 1):
        faults.add(
            f"{metric} counts 0 and 1, but missing answers would become {fill:g}.",
            "Write 0 or 1, or leave the key out.",
            file=CONFIG,
            column="fill_missing",
        )
    for file in package.files:
        if file.reference_path is not None and file.beyond_yes_or_no is not None:
            (line,) = lines_of(file.reference_path, [file.beyond_yes_or_no])
            faults.add(
                f"{metric} counts 0 and 1, but the truth holds another number.",
                "Write 0 and 1, or choose other performance_metrics.",
                file=file.reference_path.relative_to(package.root).as_posix(),
                line=line,
            )
