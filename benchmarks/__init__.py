"""What costs how much: each benchmark measures ours against a floor in the same run (docs/benchmarks.md)."""
