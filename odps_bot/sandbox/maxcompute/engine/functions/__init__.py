"""The built-in functions of MaxCompute."""
