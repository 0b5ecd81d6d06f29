"""Functions of the identity cards of China as macros.

Vendor page: https://www.alibabacloud.com/help/en/maxcompute/user-guide/other-functions
The number's province and, of 18 digits, its last one (GB 11643) are checked.
"""

_PROVINCES = (
    "('11','12','13','14','15','21','22','23','31','32','33','34','35','36','37','41','42','43',"
    "'44','45','46','50','51','52','53','54','61','62','63','64','65','71','81','82')"
)
_WEIGHTS = "[7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]"
_SUM = f"list_sum(list_transform({_WEIGHTS}, lambda w, i: w * (instr('0123456789', s[i]) - 1)))"

#: What the macros below are made of; no statement can name them.
HELPERS: dict[str, str] = {
    "is_id_card(s)": f"substring(s, 1, 2) IN {_PROVINCES} AND CASE"
    " WHEN regexp_full_match(s, '\\d{15}') THEN true"
    " WHEN regexp_full_match(s, '\\d{17}[\\dXx]')"
    f" THEN substring('10X98765432', CAST({_SUM} % 11 AS BIGINT) + 1, 1) = upper(s[18])"
    " ELSE false END",
    "id_card_birthday(s)": "CASE WHEN odps_functions.is_id_card(s) THEN try_strptime("
    "CASE length(s) WHEN 15 THEN '19' || substring(s, 7, 6) ELSE substring(s, 7, 8) END, '%Y%m%d')"
    " END",
}

MACROS: dict[str, dict[str, str]] = {
    # The second argument is the current year, which the statement does not name.
    "get_idcard_age": {
        "s VARCHAR, y BIGINT": "CAST(y - year(odps_functions.id_card_birthday(s)) AS BIGINT)"
    },
    "get_idcard_birthday": {
        "s VARCHAR": "CAST(odps_functions.id_card_birthday(s) AS TIMESTAMP_MS)"
    },
    "get_idcard_sex": {
        "s VARCHAR": "CASE WHEN odps_functions.id_card_birthday(s) IS NULL THEN NULL"
        " WHEN instr('13579', s[CASE length(s) WHEN 15 THEN 15 ELSE 17 END]) > 0 THEN 'M'"
        " ELSE 'F' END"
    },
}
