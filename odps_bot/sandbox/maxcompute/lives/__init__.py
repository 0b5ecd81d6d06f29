"""Lives of instances, from submission to end: what each answer must show at each second. Pure.

A `Plan` says what will happen, and `Life(plan).at(seconds)` how it looks then, whatever protocol
writes it down. `catalog` has the sick lives, and the healthy ones that look like them.
"""
