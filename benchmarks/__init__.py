"""Where the project's figures come from: ``python -m benchmarks`` measures them all."""
