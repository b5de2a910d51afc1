"""The closed list: every sentence that a failure on a hidden file can say to its author.

Whoever writes an algorithm chooses what it returns, raises and prints, and may choose it by the
hidden data. So a sentence from here holds no value that the algorithm or the data decided: only
what the package and the hub fix by themselves stands in its braces. The full sentence, with values,
is for readers who may see the data, and is never made from one of these.
"""

from enum import StrEnum
from typing import NewType

ClosedText = NewType("ClosedText", str)
"""A sentence that `Closed.said` made, and nobody else."""

ALGORITHM = "The algorithm"
EVALUATE = "The analysis' evaluate"

# Ends that could come from outside are reported only once a repeat has ended so, too.
AGAIN = "A repeat in a fresh sandbox ended without an answer, too."
_NOT_THE_ALGORITHMS = "This is not the algorithm's fault; run it again."


class Closed(StrEnum):
    """The sentences, with what stands in their braces.

    `who` is `ALGORITHM` or `EVALUATE`, `error` a name that `exception_names` gave, `limit` one of
    the package's limits or the hub's, `value` a kind of value that the hub sends and
    `package` what it needs; the others are names and values of the analysis' config.json.
    """

    RAISED = "{who} raised {error}."
    MODULE_MISSING = "{who} raised {error}. Add what the line imports to requirements.txt."
    IMPORT_RAISED = "{who} could not be imported: {error}."
    IMPORT_MODULE_MISSING = (
        "{who} could not be imported: {error}. Add what the line imports to requirements.txt."
    )
    IMPORT_ENDED = (
        "{who}'s import ended its process, so there is no function to call. "
        "Remove os._exit, exec or a crash from what runs at import."
    )
    IMPORT_DIED = (
        "{who}'s process ended during its import. " + AGAIN + " "
        "Remove os._exit, exec or a crash from what runs at import."
    )
    UNCALLABLE = "{who}'s function cannot be called with what the task offers."
    CANNOT_READ_INPUT = (
        "{who} receives {value}, which its environment cannot read; "
        "add {package} to its requirements.txt."
    )

    ENDED_SANDBOX = "{who}'s sandbox ended instead of answering. " + AGAIN
    CLOSED_CONNECTION = "{who}'s process closed its connection instead of answering. " + AGAIN
    EXITED = "{who} ended its process instead of answering."
    CRASHED = "{who}'s process crashed. " + AGAIN
    SIGNALLED = "{who}'s process was ended by a signal. " + AGAIN
    FORBIDDEN_CALL = "{who} made a system call that the sandbox does not allow."
    LARGE_FILE = "{who} wrote a file larger than the sandbox allows."
    KILLED_FROM_OUTSIDE = (
        "The sandbox was killed from outside, which nothing inside it can do. "
        + _NOT_THE_ALGORITHMS
    )
    MACHINE_MEMORY = (
        "The machine ran out of memory while the algorithm was within its limit, and ended a "
        "process of the sandbox. " + _NOT_THE_ALGORITHMS
    )
    LIMITS_LOST = (
        "The sandbox's control group was removed from outside, and its limits with it. "
        + _NOT_THE_ALGORITHMS
    )
    TIME_LOST = (
        "The machine or the sandbox was stopped for a while, so the time limit says nothing. "
        + _NOT_THE_ALGORITHMS
    )

    INTERNAL = "Evaluating this file failed with an internal error, which is logged."

    # What it raises, how it ends and how long it takes may depend on the answer and the truth.
    EVALUATION_FAILED = "The evaluation failed on your answer."
    EVALUATION_FAILED_ALONE = "The evaluation failed before it asked for an answer."

    CANCELLED = "The run was cancelled."
    RUN_TOO_LONG = "The whole run took longer than the limit of {limit}."
    TOO_LONG = "{who} took longer than the limit of {limit}."
    PROCESSOR_TIME = "{who} used more processor time than the limit of {limit}."
    MEMORY = "{who} needed more memory than the limit of {limit}."
    MANY_FILES = "{who} made more temporary files than the limit of {limit}."
    PRINTS = "{who} printed more than the limit of {limit}."
    LARGE_ANSWER = "{who}'s answer is larger than the limit of {limit}."

    NO_ANSWER = "{who}'s process sent something that is not an answer."
    NOT_DATA = "{who} returned a value that is not data, which cannot be scored."
    BEYOND_RANGE = (
        "{who} returned a number or text beyond what can be read; it should return finite numbers."
    )
    PLAIN_VALUES = (
        "The algorithm returned a NumPy or pandas value, which the analysis' environment "
        "cannot read; it should return plain numbers, text and lists."
    )

    UNREADABLE = (
        "The algorithm's answer cannot be read; return plain numbers, an array or a Series."
    )
    EMPTY = "The algorithm returned an empty answer; expected numbers."
    NOT_NUMBERS = (
        "The algorithm's answer is no sequence of numbers; expected a Series or a "
        "one-dimensional array of numbers."
    )
    WRONG_LENGTH = (
        "The algorithm's answer has the wrong length; expected one number for each value of the "
        "reference, or a Series with a DatetimeIndex."
    )
    NOT_FINITE = (
        "The algorithm's answer has numbers that are infinite or too large; expected finite "
        "numbers."
    )
    NO_TIME = (
        "The algorithm's answer has missing time stamps (NaT); expected a time stamp for every "
        "value."
    )
    MIXED_ZONES = (
        "The algorithm returned an index in which some time stamps have a UTC offset and some "
        "have none; expected one time zone."
    )
    TIMES_OUT_OF_RANGE = (
        "The algorithm's answer has time stamps in years that no reference has; expected the "
        "reference's time stamps."
    )
    OTHER_TIMES = (
        "No time of the algorithm's answer is one of the reference's; expected the same dates or "
        "time stamps."
    )
    CONTRADICTION = (
        "The algorithm's answer has different values for the same time; expected one value each."
    )
    ONLY_MISSING = "The algorithm returned only missing values (NaN); expected numbers."
    MISSING_VALUES = (
        "The algorithm's answer lacks a number for some values of the reference; expected a "
        "number for each."
    )
    NOT_YES_OR_NO = (
        "The algorithm returned numbers other than 0 and 1; expected True or 1 for yes and "
        "False or 0 for no."
    )
    MISSING_NAMES = (
        "The algorithm's answer lacks a value that the task names; expected a value for each "
        "reference, by its name."
    )
    REPEATED_NAMES = (
        "The algorithm's answer has several values of one name; expected one value for each name."
    )
    NOT_A_FEW_NUMBERS = (
        "The algorithm's answer is no list of numbers; expected one number for each reference, in "
        "their order or by name."
    )
    WRONG_COUNT = (
        "The algorithm's answer has the wrong length; expected one number for each reference, in "
        "their order or by name."
    )
    NOT_A_NUMBER = (
        "The algorithm returned something other than a number for a reference; expected a number."
    )

    TRUTH = (
        "The truth of this file cannot be scored against. Its organiser must run `valhub check` "
        "on the package, fix it and upload a new version."
    )
    NO_TRUTH = "The file has no truth for {reference}; the organiser should add it."
    TRUTH_NOT_FINITE = (
        "The reference holds numbers that are not finite or too large; the organiser should "
        "correct it."
    )
    TRUTH_NOT_YES_OR_NO = (
        "The reference holds numbers other than 0 and 1, which a classification metric needs; its "
        "organiser should correct the reference or choose other performance_metrics."
    )
    TRUTH_REPEATED = (
        "The reference has several values for one time when compared by {alignment}; its "
        "organiser should give one, or set alignment in config.json."
    )
    FILL_NOT_YES_OR_NO = (
        "fill_missing is {fill}, but {metric} needs 0 or 1; the organiser should correct it."
    )
    NOT_FINITE_METRIC = (
        "{metric} of this file is not a finite number; the organiser should correct the "
        "reference, or choose other performance_metrics."
    )
    NOT_MEASURED = (
        "The machine that ran this file could not measure {metric}, by which the analysis ranks."
    )

    def said(self, **values: str) -> ClosedText:
        """Write the sentence, with what the package and the hub fix in the place of its braces."""
        return ClosedText(self.value.format(**values))
