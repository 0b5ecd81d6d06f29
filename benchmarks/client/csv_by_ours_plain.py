"""A CSV file as in `csv_by_ours`, without the extra `fast`."""

from benchmarks.client import csv_by_ours

write_file = csv_by_ours.write_file
