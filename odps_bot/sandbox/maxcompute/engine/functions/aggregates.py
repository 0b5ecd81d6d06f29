"""Aggregate functions as macros.

Vendor page: https://www.alibabacloud.com/help/en/maxcompute/user-guide/aggregate-functions
"""

#: Of more distinct values, only so many are merged: neighbours at equal distances in their order.
_MOST_POINTS = 1000

_GAPS = (
    "list_transform(list_zip(list_slice(h, 1, len(h) - 1), list_slice(h, 2, len(h))),"
    " lambda p: struct_extract_at(p, 2).k - struct_extract_at(p, 1).k)"
)

#: What the macros below are made of; no statement can name them.
HELPERS: dict[str, str] = {
    "merged_points(a, b)": "{'k': (a.k * a.v + b.k * b.v) / (a.v + b.v), 'v': a.v + b.v}",
    "merged_at(h, i)": "list_concat(list_append(list_slice(h, 1, i - 1),"
    " odps_functions.merged_points(h[i], h[i + 1])), list_slice(h, i + 2, len(h)))",
    "merged_closest(h)": f"list_transform([{_GAPS}], lambda gaps:"
    " odps_functions.merged_at(h, list_position(gaps, list_min(gaps))))[1]",
    "weight_of(h)": "list_sum(list_transform(h, lambda e: e.v))",
    "points_of(m)": "list_sort(list_transform(map_entries(m),"
    " lambda e: {'k': CAST(e.key AS DOUBLE), 'v': CAST(e.value AS DOUBLE)}))",
    "scaled_by(h, f)": "list_transform(h, lambda e: {'k': e.k, 'v': e.v * f})",
    "thinned(h, s)": "odps_functions.scaled_by(s,"
    " odps_functions.weight_of(h) / odps_functions.weight_of(s))",
    "fewer_points(h)": f"CASE WHEN len(h) <= {_MOST_POINTS} THEN h ELSE odps_functions.thinned("
    f"h, list_slice(h, 1, len(h), len(h) // {_MOST_POINTS} + 1)) END",
    "bins_of(h, n)": "list_reduce(list_transform(range(greatest(len(h) - n, 0)),"
    " lambda i: h[1:0]), lambda acc, unused: odps_functions.merged_closest(acc), h)",
    # As parameters of lambdas, the points are computed once instead of once for each of them.
    "histogram_of(m, n)": "CASE WHEN n IS NOT NULL THEN map_from_entries("
    "list_transform([odps_functions.points_of(m)], lambda p: list_transform("
    "[odps_functions.fewer_points(p)], lambda h: odps_functions.bins_of(h, n))[1])[1]) END",
}

MACROS: dict[str, dict[str, str]] = {
    "map_agg": {
        "k, v": "odps_functions.map_of("
        "list({'k': k, 'v': v}) FILTER (WHERE k IS NOT NULL), 'last_win')"
    },
    "numeric_histogram": {
        "n BIGINT, x NUMBER": "odps_functions.histogram_of(histogram({x}), n)",
    },
}
