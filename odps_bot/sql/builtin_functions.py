"""The names of MaxCompute's built-in functions, in lower case; others are somebody's own.

Source: https://www.alibabacloud.com/help/en/maxcompute/user-guide/overview-of-built-in-functions
and the pages below it. What is missing here counts as a function of the project.
"""

from odps_bot.sql.keywords import words

#: They make one row of many.
AGGREGATES = words(
    "any_value approx_distinct approx_percentile arg_max arg_min array_agg avg bitmap_agg"
    " bitwise_and_agg bitwise_or_agg bitwise_xor_agg bool_and bool_or checksum collect_list"
    " collect_set corr count count_if covar_pop covar_samp entropy every group_concat"
    " histogram kurtosis listagg map_agg map_union map_union_sum max max_by median min min_by"
    " mode multimap_agg numeric_histogram percentile percentile_approx percentile_cont"
    " percentile_disc regr_intercept regr_slope skewness some stddev stddev_pop stddev_samp"
    " string_agg sum var_pop var_samp variance wm_concat"
)

_WINDOWS = words(
    "cluster_sample cume_dist dense_rank first_value lag last_value lead nth_value ntile"
    " percent_rank rank row_number"
)

_DATES = words(
    "add_months current_date current_time current_timestamp current_timezone date date_add"
    " date_diff date_format date_from_unix_date date_sub date_trunc dateadd datediff datepart"
    " datetime datetrunc day dayofmonth dayofweek dayofyear extract from_millis from_unixtime"
    " from_utc_timestamp getdate hour isdate last_day lastday localtimestamp make_date"
    " make_timestamp minute month months_between next_day now quarter second timestamp"
    " timestamp_micros timestamp_millis timestamp_ntz timestamp_seconds to_date to_millis"
    " to_timestamp to_utc_timestamp trunc trunc_time unix_date unix_micros unix_millis"
    " unix_seconds unix_timestamp weekday weekofyear year"
)

_NUMBERS = words(
    "abs acos acosh asin asinh atan atan2 atanh bin bit_count bround cbrt ceil ceiling conv"
    " cos cosh cot degrees e exp factorial floor format_number greatest hex is_finite is_inf"
    " is_nan isinf isnan least ln log log10 log2 mod negative normal pi pmod positive pow"
    " power radians rand random round shiftleft shiftright shiftrightunsigned sign sin sinh"
    " sqrt tan tanh to_base unhex uniform width_bucket"
)

_TEXTS = words(
    "ascii base64 bit_length btrim char_length char_matchcount character_length chr compress"
    " concat concat_ws contains crc32 decode decompress elt encode ends_with endswith field"
    " find_in_set format from_base64 from_char from_json get_json_object inet_aton inet_ntoa"
    " initcap instr ip4_to_long ip_to_region is_binary is_encoding isascii json_tuple keyvalue"
    " keyvalue_tuple lcase left length lengthb levenshtein like locate lower lpad ltrim"
    " mask_hash md5 net_public_suffix ngrams octet_length parse_url parse_url_tuple position"
    " regexp_count regexp_extract regexp_extract_all regexp_instr regexp_like regexp_replace"
    " regexp_substr repeat replace reverse right rlike rpad rtrim sentences sha sha1 sha2"
    " sha256 sha512 soundex space split split_part starts_with startswith strpos substr"
    " substring substring_index to_base64 to_char to_number tolower toupper translate trim"
    " ucase unbase64 upper url_decode url_encode"
)

_NESTED = words(
    "aggregate all_match any_match array array_append array_concat array_contains"
    " array_distinct array_except array_filter array_index array_intersect array_join"
    " array_max array_min array_normalize array_position array_reduce array_remove"
    " array_repeat array_size array_sort array_sum array_union arrays_overlap arrays_zip"
    " cardinality combinations concat element_at exists explode explode_outer filter flatten"
    " forall index inline inline_outer json_array json_exists json_explode json_exploded"
    " json_extract json_extract_scalar json_format json_object json_parse json_pretty"
    " json_size json_type json_valid map map_concat map_contains_key map_entries map_filter"
    " map_from_arrays map_from_entries map_keys map_values map_zip_with multimap_from_entries"
    " named_struct posexplode posexplode_outer reduce sequence shuffle size slice sort_array"
    " stack str_to_map struct to_json transform transform_keys transform_values zip_with"
)

_OTHERS = words(
    "ai_classify ai_embed ai_generate ai_summarize ai_translate assert_true bitmap_and"
    " bitmap_andnot bitmap_build bitmap_contains bitmap_count bitmap_from_array bitmap_or"
    " bitmap_to_array bitmap_union bitmap_xor cast coalesce cosine_distance current_user"
    " dot_product failif get_data_from_oss get_idcard_age get_idcard_birthday get_idcard_sex"
    " get_partition_value get_signed_url_from_oss get_user_id grouping grouping_id hash"
    " hll_cardinality hll_count_extract hll_count_init hll_count_merge hll_count_merge_partial"
    " hll_create hll_merge if iff ifnull inner_product isnotnull isnull l2_distance"
    " last_modified max_pt ml_predict murmurhash nullif nvl nvl2 ordinal partition_exists"
    " sample sym_decrypt sym_encrypt table_exists trans_array trans_cols try_cast typeof"
    " unique_id uuid version zeroifnull"
)

#: What only looks like a call: types, and words of the grammar.
_SYNTAX = words(
    "bigint binary boolean char cluster clustered cube decimal double filter float group"
    " grouping int integer interval json list partition range rollup rows sets smallint sorted"
    " string tablesample tinyint unnest varchar within"
)

#: Of geography there are dozens: `st_distance` and so on.
_OF_GEOGRAPHY = "st_"

BUILTIN_FUNCTIONS = AGGREGATES | _WINDOWS | _DATES | _NUMBERS | _TEXTS | _NESTED | _OTHERS | _SYNTAX


def is_built_in(name: str) -> bool:
    """Return whether MaxCompute itself has a function of this name, without a project before it."""
    return name.lower() in BUILTIN_FUNCTIONS or name.lower().startswith(_OF_GEOGRAPHY)
