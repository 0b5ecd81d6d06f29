"""Rows as Arrow record batches, without a dependency: what the instance tunnel sends.

https://arrow.apache.org/docs/format/Columnar.html
"""
