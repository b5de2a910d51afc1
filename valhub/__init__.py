"""PV Validation Hub: validate photovoltaic algorithms on data with hidden ground truth."""

__version__ = "0.1.0"
