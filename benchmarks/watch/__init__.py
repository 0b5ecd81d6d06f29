"""Ten thousand running instances, watched by our workers and by what people would build instead."""
