"""What a call of Java looks like in a query: MaxCompute runs it as code of the person's own. Pure.

Names of `java.lang` may stand without their package, and a method behind any value:
https://www.alibabacloud.com/help/en/maxcompute/user-guide/overview-of-udts
"""

import re
from collections.abc import Sequence

from odps_bot.policy.statements.words import words

#: The longest name of a function is `project.schema.function`.
_PARTS_OF_A_FUNCTION = 3

#: The first part of the full name of a class.
_PACKAGES = words("java javax jdk sun com org net io cn")
_PARTS_OF_A_CLASS = 3

#: The public types of java.lang, Java 8 to 21, but for exceptions and errors.
#: https://docs.oracle.com/en/java/javase/21/docs/api/java.base/java/lang/package-summary.html
_JAVA_LANG = words(
    "Appendable AutoCloseable Boolean Byte CharSequence Character Class ClassLoader ClassValue"
    " Cloneable Comparable Compiler Deprecated Double Enum Float FunctionalInterface"
    " InheritableThreadLocal Integer Iterable Long MatchException Math Module ModuleLayer Number"
    " Object Override Package Process ProcessBuilder ProcessHandle Readable Record Runnable Runtime"
    " RuntimePermission SafeVarargs ScopedValue SecurityManager Short StackTraceElement StackWalker"
    " StrictMath String StringBuffer StringBuilder StringTemplate SuppressWarnings System Thread"
    " ThreadGroup ThreadLocal Throwable Void"
)
_JAVA_LANG_LOWER = frozenset(name.lower() for name in _JAVA_LANG)
_FAILURE = re.compile(r"[a-z]+(?:exception|error)")

#: Classes are written so; projects, schemas and functions are not.
_CLASS = re.compile(r"[A-Z][A-Za-z0-9_$]*[a-z][A-Za-z0-9_$]*\Z")

#: Methods that lead from a value to its class, and from there to anything; in lower case.
_REFLECTION = words(
    "getclass getdeclaringclass forname newinstance getmethod getmethods getdeclaredmethod"
    " getdeclaredmethods getconstructor getconstructors getdeclaredconstructor"
    " getdeclaredconstructors getfield getfields getdeclaredfield getdeclaredfields getclassloader"
    " getsystemclassloader loadclass getresource getresourceasstream invoke getruntime exec"
)


def is_java_call(parts: Sequence[str]) -> bool:
    """Return whether calling this dotted name, such as `Runtime.getRuntime`, is one of Java.

    Otherwise it is a function, which may stand in a schema or project: `project.schema.function`.
    """
    if len(parts) == 1:
        return False
    first = parts[0].lower()
    return (
        len(parts) > _PARTS_OF_A_FUNCTION
        or first in _JAVA_LANG_LOWER
        or _FAILURE.fullmatch(first) is not None
        or parts[-1].lower() in _REFLECTION
        or any(map(_CLASS.match, parts[:-1]))
        or is_full_name(parts)
    )


def is_full_name(parts: Sequence[str]) -> bool:
    """Return whether this is the name of a class with its package, or of something in it."""
    return len(parts) >= _PARTS_OF_A_CLASS and parts[0].lower() in _PACKAGES


def is_in_java_lang(name: str) -> bool:
    """Return whether this is the name of a class of java.lang, to the letter."""
    return name in _JAVA_LANG
