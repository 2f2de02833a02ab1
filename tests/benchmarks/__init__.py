"""Measure the budgets: `uv run python -m tests.benchmarks [--gate]`."""
