"""Our MaxCompute client beside PyODPS: `python -m benchmarks.client`, or `make bench`."""
