"""A data file and its truth as a task wants them: its columns chosen, its rows on a grid."""

from pathlib import Path

import pandas as pd

from valhub.evaluation.packages.faults import FaultList
from valhub.evaluation.packages.files.member_names import shown
from valhub.evaluation.packages.suggestions import did_you_mean
from valhub.evaluation.packages.tables.frames import Frame, read_frame
from valhub.evaluation.packages.tasks.grids import Grid, grid_of, on_grid, truth_on_grid
from valhub.evaluation.packages.tasks.metadata_cells import as_number
from valhub.evaluation.packages.tasks.references import read_reference
from valhub.evaluation.packages.tasks.sampling_steps import sampling_note
from valhub.evaluation.packages.tasks.sentinels import sentinel_notes
from valhub.evaluation.packages.tasks.task_files import PackageFile
from valhub.evaluation.packages.tasks.task_package import TaskPackage
from valhub.evaluation.packages.tasks.truth_overlap import check_overlap


class DataTables:
    """Reads the tables of a package, one after another; every fault is noted."""

    def __init__(self, package: TaskPackage, faults: FaultList) -> None:
        self._of_tables: list[str] = []
        self._of_times: list[str] = []
        self._package, self._faults = package, faults
        self._config = package.config

    @property
    def notes(self) -> list[str]:
        """What the organiser should look at, though it may be meant."""
        return [*self._of_tables, *self._of_times]

    def read_sidecar(self, path: Path) -> Frame | None:
        """Read a sidecar as it is; None when a fault was noted.

        It belongs to files in any zone, so that UTC offsets that change become UTC.
        """
        return self._read(path, "UTC")

    def read_pair(self, file: PackageFile) -> tuple[Frame | None, object]:
        """Read a data file and its truth.

        Returns
        -------
        Series, DataFrame or None
            What algorithms are given: None when a fault was noted.
        Series, dict or None
            The truth.
        """
        frame = self._read(file.path, file.timezone)
        frame = None if frame is None else self._chosen(frame, self._place(file.path))
        truth = self._read_truth(file)
        minutes = as_number(file.metadata.get("data_sampling_frequency"))
        place = self._place(file.path)
        truth_place = self._place(file.reference_path or file.path)
        self._of_tables += [f"{truth_place}: {note}" for note in sentinel_notes(truth)]
        if frame is not None and minutes is not None:
            index, is_gridded = pd.DatetimeIndex(frame.index), self._config.regularise
            note = sampling_note(index, minutes, on_grid=is_gridded)
            self._of_tables += [f"{place}: {note}"] if note else []
        if frame is None or not self._config.regularise:
            return frame, truth
        grid = grid_of(frame, minutes, file=place, faults=self._faults)
        if grid is None:
            return None, truth
        if isinstance(truth, pd.Series):
            truth = self._moved(truth, grid, frame, file)
        return on_grid(frame, grid), truth

    def compare(self, file: PackageFile, index: pd.Index, truth: object) -> None:
        """Compare the times of a data file with those of its truth, where that is a series."""
        if file.reference_path is None or not isinstance(truth, pd.Series):
            return
        self._of_times += check_overlap(
            pd.DatetimeIndex(index),
            pd.DatetimeIndex(truth.index),
            zone=file.timezone,
            by=self._config.alignment or "timestamp",
            file=self._place(file.reference_path),
            faults=self._faults,
        )

    def _read(self, path: Path, zone: str | None) -> Frame | None:
        place, declared = self._place(path), self._config.time_format
        return read_frame(path, file=place, zone=zone, faults=self._faults, time_format=declared)

    def _place(self, path: Path) -> str:
        return path.relative_to(self._package.root).as_posix()

    def _chosen(self, frame: Frame, file: str) -> Frame | None:
        """Keep the columns that the package lists, in its order; all when it lists none."""
        wanted = self._config.data_columns
        names = [str(frame.name)] if isinstance(frame, pd.Series) else list(frame.columns)
        missing = [name for name in wanted if name not in names]
        for name in missing:
            problem = f'The file has no column "{shown(name)}", which data_columns lists.'
            fix = f"Add it, or correct config.json. {did_you_mean(name, names)}"
            self._faults.add(problem, fix, file=file, column=name)
        if missing:
            return None
        if not wanted or isinstance(frame, pd.Series):
            return frame
        return frame[wanted[0]] if len(wanted) == 1 else frame[list(wanted)]

    def _read_truth(self, file: PackageFile) -> object:
        path = file.reference_path
        if path is None:
            return dict(file.truths)
        return read_reference(
            path,
            file=self._place(path),
            zone=file.timezone,
            faults=self._faults,
            time_format=self._config.time_format,
        )

    def _moved(
        self, truth: "pd.Series[float]", grid: Grid, frame: Frame, file: PackageFile
    ) -> "pd.Series[float]":
        """Put the truth on the data's grid, unless answers are aligned by date."""
        path = file.reference_path
        if path is None or self._config.alignment == "date":
            return truth
        return truth_on_grid(
            truth,
            grid,
            like=pd.DatetimeIndex(frame.index),
            zone=file.timezone,
            file=self._place(path),
            faults=self._faults,
        )
