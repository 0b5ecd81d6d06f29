"""Which rule gives an expression its type."""

from sqlglot import exp

from odps_bot.sandbox.maxcompute.engine import function_types, operator_types
from odps_bot.sandbox.maxcompute.engine.expressions import TypedAs

_ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod)
_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE)
_BITWISE = (exp.BitwiseAnd, exp.BitwiseOr, exp.BitwiseXor)

#: The first that fits applies.
TYPED_AS: tuple[TypedAs, ...] = (
    (exp.Column, operator_types.column_type),
    (exp.Literal, operator_types.literal_type),
    (exp.Boolean, operator_types.boolean_type),
    (exp.HexString, operator_types.binary_type),
    (exp.Null, operator_types.null_type),
    (exp.Interval, operator_types.interval_type),
    (
        (exp.Paren, exp.Alias, exp.Ordered, exp.Filter, exp.IgnoreNulls, exp.RespectNulls),
        operator_types.inside_type,
    ),
    (_ARITHMETIC, operator_types.arithmetic_type),
    (exp.IntDiv, operator_types.whole_type),
    ((*_BITWISE, exp.BitwiseNot), operator_types.bits_type),
    (exp.Neg, operator_types.sign_type),
    ((*_COMPARISONS, exp.NullSafeEQ, exp.NullSafeNEQ), operator_types.comparison_type),
    (exp.Between, operator_types.between_type),
    (exp.In, operator_types.in_type),
    ((exp.And, exp.Or, exp.Not), operator_types.logical_type),
    ((exp.Like, exp.RegexpLike), operator_types.like_type),
    ((exp.Is, exp.Escape), operator_types.truth_type),
    (exp.DPipe, operator_types.joined_text_type),
    (exp.Case, function_types.case_type),
    (exp.If, function_types.if_type),
    (exp.Coalesce, function_types.coalesce_type),
    ((exp.Greatest, exp.Least), function_types.extreme_type),
    (exp.Array, function_types.array_type),
    (exp.Nullif, function_types.nullif_type),
    (exp.Nvl2, function_types.nvl2_type),
    (exp.DecodeCase, function_types.decode_type),
    ((exp.Quantile, exp.ApproxQuantile), function_types.percentile_type),
    (exp.Cast, function_types.cast_type),
    ((exp.Sum, exp.Avg), function_types.sum_type),
    (
        (exp.Max, exp.Min, exp.AnyValue, exp.FirstValue, exp.LastValue, exp.Lag, exp.Lead),
        function_types.kept_type,
    ),
    (exp.Count, function_types.count_type),
    (exp.Exists, function_types.exists_type),
    ((exp.Subquery, exp.Select, exp.SetOperation), function_types.subquery_type),
    (exp.Window, function_types.window_type),
    (exp.WithinGroup, operator_types.inside_type),
    (exp.Bracket, function_types.bracket_type),
    (exp.Dot, function_types.dot_type),
    (exp.Lambda, function_types.lambda_type),
    (exp.Func, function_types.other_type),
    (exp.Expr, function_types.unknown_type),
)
