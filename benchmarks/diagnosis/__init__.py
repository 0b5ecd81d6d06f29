"""How well lives of instances are diagnosed, and at what cost."""
