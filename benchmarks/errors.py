"""Why a run of the benchmarks ends early."""


class BenchmarkError(Exception):
    """What was measured did not do its work, so its speed says nothing."""
