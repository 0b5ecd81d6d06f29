"""What Java looks like in a query: MaxCompute runs it as code of the person's own. Pure.

Names of `java.lang` may stand without their package, and a method behind any value:
https://www.alibabacloud.com/help/en/maxcompute/user-guide/overview-of-udts
"""

import re
from collections.abc import Sequence

from odps_bot.sql.keywords import words

_SHOWN_LETTERS = 24

#: The longest name of a function is `project.schema.function`.
_PARTS_OF_A_FUNCTION = 3

#: The first part of the full name of a class; these of the JDK stand for nothing else.
_JDK_PACKAGES = words("java javax jdk")
_PACKAGES = _JDK_PACKAGES | words("sun com org net io cn")
_PARTS_OF_A_CLASS = 3

#: The public types of java.lang, Java 8 to 26, but for exceptions and errors.
#: https://docs.oracle.com/en/java/javase/25/docs/api/java.base/java/lang/package-summary.html
_JAVA_LANG = words(
    "Appendable AutoCloseable Boolean Byte CharSequence Character Class ClassLoader ClassValue"
    " Cloneable Comparable Compiler Deprecated Double Enum Float FunctionalInterface IO"
    " InheritableThreadLocal Integer Iterable LazyConstant Long MatchException Math Module"
    " ModuleLayer Number Object Override Package Process ProcessBuilder ProcessHandle Readable"
    " Record Runnable Runtime RuntimePermission SafeVarargs ScopedValue SecurityManager Short"
    " StableValue StackTraceElement StackWalker StrictMath String StringBuffer StringBuilder"
    " StringTemplate SuppressWarnings System Thread ThreadDeath ThreadGroup ThreadLocal Throwable"
    " Void"
)
_JAVA_LANG_LOWER = frozenset(name.lower() for name in _JAVA_LANG)
_FAILURE = re.compile(r"[a-z]+(?:exception|error)")

#: Types of java.lang that people name columns after: they have no static fields nor types in them.
_WITHOUT_FIELDS = words("Class Module Number Object Package Process Readable Record")

#: Classes are written so; few projects, schemas and functions are. No class of `java.lang` has a
#: low line.
_CLASS = re.compile(r"[A-Z][A-Za-z0-9$]*[a-z][A-Za-z0-9$]*\Z")

#: Classes of the JDK that are written as some people write projects.
_CLASSES_IN_CAPITALS = words("CRC32 CRC32C JVM URI URL UUID VM")

#: Methods of many words are written so; functions have low lines between words.
_METHOD = re.compile(r"[a-z][a-z0-9]*[A-Z][A-Za-z0-9]*\Z")

#: Methods that lead from a value to its class, and from there to anything; in lower case.
_REFLECTION = words(
    "getclass getdeclaringclass forname newinstance getmethod getmethods getdeclaredmethod"
    " getdeclaredmethods getconstructor getconstructors getdeclaredconstructor"
    " getdeclaredconstructors getfield getfields getdeclaredfield getdeclaredfields getclassloader"
    " getsystemclassloader loadclass getresource getresourceasstream invoke getruntime"
    " getprotectiondomain exec"
)

#: Methods of the values that columns hold (text, numbers, dates, lists, maps), in lower case.
_OF_VALUES = words(
    "chars charat codepoints compareto comparetoignorecase concat contains contentequals describe"
    " endswith equals equalsignorecase format formatted getbytes getchars hashcode indent indexof"
    " intern isblank isempty lastindexof length lines matches notify notifyall regionmatches repeat"
    " replace replaceall replacefirst split splitwithdelimiters startswith strip stripindent"
    " stripleading striptrailing subsequence substring tochararray tolowercase tostring touppercase"
    " transform translateescapes trim wait"
    " bytevalue doublevalue floatvalue intvalue isinfinite isnan longvalue shortvalue booleanvalue"
    " abs add divide divideandremainder max min movepointleft movepointright multiply negate plus"
    " pow precision remainder round scale setscale signum sqrt striptrailingzeros subtract ulp"
    " unscaledvalue"
    " after atstartofday attime before from get gettime isafter isbefore isequal minus query range"
    " settime toepochday toinstant until with"
    " addall clear compute computeifabsent computeifpresent containsall containskey containsvalue"
    " entryset foreach getordefault iterator keyset merge parallelstream put putall putifabsent"
    " remove removeall removeif retainall reversed set size sort spliterator stream sublist toarray"
    " values"
)


def parts_of(names: Sequence[str]) -> list[str]:
    """Return the parts of a dotted name: back-ticks may hold dots, too."""
    return [part.strip() for name in names for part in name.split(".")]


def why_call_is_unproven(parts: Sequence[str]) -> str:
    """Say why calling this dotted name may run code of Java; empty if it is a function.

    A function may stand in a schema or project: `project.schema.function`.
    """
    if len(parts) == 1:
        return ""
    name = clipped(".".join(parts))
    if parts[0] in _JAVA_LANG:
        return "It uses Java classes."
    if len(parts) > _PARTS_OF_A_FUNCTION:
        return f"It calls a Java method (`{name}`)."
    if _leads_to_java(parts):
        return why_method_is_unproven(parts)
    reason = ""
    if any(map(_is_like_a_class, parts[:-1])) or _is_in_a_class_of_capitals(parts):
        reason = f"`{name}` may be a method of a Java class."
    elif _METHOD.match(parts[-1]) or parts[-1].lower() in _OF_VALUES:
        reason = f"`{name}` may be a Java method called on column `{clipped(parts[0])}`."
    return reason and reason + _if_function(parts)


def why_method_is_unproven(parts: Sequence[str]) -> str:
    """Say why calling this dotted name may run code of Java: it begins as a column is named."""
    return f"`{clipped('.'.join(parts))}` may be a Java method.{_if_function(parts)}"


def why_field_is_unproven(parts: Sequence[str]) -> str:
    """Say why this dotted name may be a field of a class, where it begins with no source."""
    if _is_field_in_package(parts):
        return "It uses Java classes."
    if len(parts) == 1 or parts[0] not in _JAVA_LANG:
        return ""
    if parts[0] in _WITHOUT_FIELDS and parts[1].lower() != "class":
        return ""
    return f"`{clipped('.'.join(parts))}` may be a field of a Java class."


def why_class_is_unproven(parts: Sequence[str]) -> str:
    """Say why this dotted name may be a field of any class, where nothing in it is declared."""
    if parts[0] in _JAVA_LANG or not any(map(_is_like_a_class, parts[:-1])):
        return ""
    name = clipped(".".join(parts))
    return (
        f"`{name}` may be a field of a Java class. If it is a column, put the name of its table"
        " before it."
    )


def why_member_is_unproven(parts: Sequence[str]) -> str:
    """Say why a dotted name is unproven in a statement that reads no table."""
    return f"`{clipped('.'.join(parts))}` belongs to nothing in the statement: it may be Java."


def is_in_the_jdk(parts: Sequence[str]) -> bool:
    """Return whether the name begins as the full names of the JDK's own classes do."""
    return len(parts) >= _PARTS_OF_A_CLASS and parts[0].lower() in _JDK_PACKAGES


def clipped(text: str) -> str:
    """Return so much of a text as a sentence takes."""
    return text if len(text) <= _SHOWN_LETTERS else text[:_SHOWN_LETTERS] + "…"


def _if_function(parts: Sequence[str]) -> str:
    is_of_schema = len(parts) >= _PARTS_OF_A_FUNCTION
    return "" if is_of_schema else " If it is a function, write `project:function(…)`."


def _leads_to_java(parts: Sequence[str]) -> bool:
    first = parts[0].lower()
    return (
        first in _JAVA_LANG_LOWER
        or _FAILURE.fullmatch(first) is not None
        or parts[-1].lower() in _REFLECTION
        or (len(parts) >= _PARTS_OF_A_CLASS and first in _PACKAGES)
    )


def _is_like_a_class(part: str) -> bool:
    if part.isascii():
        return part in _CLASSES_IN_CAPITALS or _CLASS.match(part) is not None
    return part[:1].isupper() and part != part.upper()


def _is_in_a_class_of_capitals(parts: Sequence[str]) -> bool:
    """Return whether it is called as `A.run(…)` and `pkg.DAO.run(…)` are.

    Names of schemas are longer, and in the same letters as the project's before them.
    """
    *packages, name, _ = parts
    is_short = len(name) == 1 and name.isascii()
    return name.isupper() and (is_short or any(map(str.islower, packages)))


def _is_field_in_package(parts: Sequence[str]) -> bool:
    if len(parts) < _PARTS_OF_A_CLASS or parts[0].lower() not in _PACKAGES:
        return False
    # Of other packages than the JDK's, a struct with fields in small letters is likelier.
    return (
        is_in_the_jdk(parts)
        or parts[0].lower() == "sun"
        or any(part[:1].isupper() for part in parts[1:])
    )
