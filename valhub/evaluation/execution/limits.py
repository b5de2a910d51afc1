"""What one call and one run may use."""

from dataclasses import dataclass

from valhub.evaluation.execution.sandbox.interface import GIB, MIB


@dataclass(frozen=True)
class CallLimits:
    """Limits that the host keeps, outside the sandbox.

    Attributes
    ----------
    timeout_s : float
        Run time of one call, that is, of one file.
    cpu_s : float or None
        Processor time of one call, all processes together; None for as much as `timeout_s`.
        It is kept where there are control groups to measure it.
    memory_bytes : int
        Memory of the whole sandbox during a call.
    output_bytes : int
        Size of one answer.
    import_s : float
        Run time of the algorithm's import.
    total_s : float
        Time from the start of the run to its end.
    log_bytes : int
        What one call may print; far more than is kept, as debug output is no fault.
    kept_log_bytes, run_log_bytes : int
        What is kept of one call's prints, and of all prints of a run.
    """

    timeout_s: float = 900.0
    cpu_s: float | None = None
    memory_bytes: int = GIB
    output_bytes: int = 64 * MIB
    import_s: float = 300.0
    total_s: float = 24 * 3600.0
    log_bytes: int = GIB
    kept_log_bytes: int = 64 * 1024
    run_log_bytes: int = 4 * MIB

    @property
    def call_cpu_s(self) -> float:
        """Processor seconds of one call."""
        return self.timeout_s if self.cpu_s is None else self.cpu_s
