"""The rules: each says one thing about an instance, or nothing. Pure; none knows another.

All have one signature: snapshots (oldest first, filled), source facts, baseline, thresholds.
"""
