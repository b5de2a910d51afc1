"""What changes boards: placing a run's scores."""
