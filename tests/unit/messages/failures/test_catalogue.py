"""`failures.toml` is read strictly, and each of its failures is recognized and well explained."""

import re
import subprocess
import sys
from collections import Counter

import pytest

from odps_bot.messages.failures import Rerun, explain
from odps_bot.messages.failures.catalogue import load_catalogue, parse_catalogue
from odps_bot.messages.failures.rerun import RERUN_IN_WORDS

CATALOGUE = load_catalogue()
ALL_FAILURES = {
    *CATALOGUE.by_words,
    *CATALOGUE.by_code.values(),
    *CATALOGUE.by_class.values(),
    CATALOGUE.unknown,
}
FAILURES = {failure.name: failure for failure in sorted(ALL_FAILURES, key=lambda f: f.name)}
BY_WORDS = {failure.name: failure for failure in CATALOGUE.by_words}

#: What a sample may begin with already.
HEAD = re.compile(r"FAILED: |ODPS-\d{7}: InstanceId: \w+\n")

#: What clients and services put before an error.
WRAPPERS = (
    "FAILED: {}",
    "ODPS-0130071: InstanceId: 20260325074133847gibg5tcb4r1\n{}",
    "ODPS-0140181:Sql plan exception - sql cost error:{}",
    "ODPS-1800001: Session exception - {}",
)


@pytest.mark.parametrize("name", FAILURES)
def test_each_sample_is_explained_by_its_own_entry(name: str) -> None:
    for sample in FAILURES[name].samples:
        assert explain(sample, sql="select 1").title == FAILURES[name].title, sample


@pytest.mark.parametrize("name", sorted(set(FAILURES) - {"unknown"}))
def test_so_is_each_sample_inside_another_error(name: str) -> None:
    for sample in FAILURES[name].samples:
        for wrapper in WRAPPERS:
            said = wrapper.format(HEAD.sub("", sample))
            assert explain(said, sql="select 1").title == FAILURES[name].title, said


@pytest.mark.parametrize("name", FAILURES)
def test_each_pattern_code_and_prefix_has_a_sample(name: str) -> None:
    failure = FAILURES[name]
    samples = "\n".join(failure.samples)
    digits = {*getattr(failure, "codes", ()), *getattr(failure, "prefixes", ())}
    patterns = getattr(failure, "patterns", ())

    assert [one for one in digits if not re.search(f"ODPS[-_]{one}", samples)] == []
    assert [p.pattern for p in patterns if not any(map(p.search, failure.samples))] == []


@pytest.mark.parametrize("name", BY_WORDS)
def test_an_entry_behind_another_one_takes_none_of_its_samples(name: str) -> None:
    own = BY_WORDS[name]
    before = CATALOGUE.by_words[: CATALOGUE.by_words.index(own)]
    codes = {sample: re.findall(r"ODPS[-_](\d{7})", sample) for sample in own.samples}

    assert [
        (other.name, sample)
        for other in before
        for sample in own.samples
        if other.fits(sample, codes[sample])
    ] == []


@pytest.mark.parametrize(
    ("said", "title"),
    [
        (
            (
                "FAILED: ODPS-0130071:[1,15] Semantic analysis exception - "
                "NoSuchObjectException(message:default.movies table not found)"
            ),
            "Not found in the metastore",
        ),
        (
            (
                "ODPS-0123131:User defined function exception - Traceback:\n"
                "com.aliyun.odps.udf.UDFException: java.lang.ClassNotFoundException: "
                "com.aliyun.odps.hive.wrapper.HiveStorageHandlerWrapper"
            ),
            "The table needs Hive compatibility mode",
        ),
        (
            (
                "ODPS-0123131:User defined function exception - "
                "com.aliyun.oss.OSSException: [ErrorCode]: AccessDenied"
            ),
            "OSS denied MaxCompute access",
        ),
        (
            (
                "ODPS-0130013:Authorization exception - Authorization Failed [4019], You have NO "
                "privilege 'odps:Select' on {acs:odps:*:projects/shop/tables/quota}."
            ),
            "A permission is missing",
        ),
        (
            (
                "ODPS-0010000:System internal error - kWorkerOutOfMemory (instance 2026, "
                "task AnonymousSQLTask)"
            ),
            "A worker ran out of memory",
        ),
        ("ODPS-1800001: Session exception - ODPS-0130131:Table not found - a.b", "Table not found"),
    ],
)
def test_an_error_is_not_taken_for_a_similar_one(said: str, title: str) -> None:
    assert explain(said, sql="select 1").title == title


@pytest.mark.parametrize("field", ["name", "title"])
def test_no_two_failures_are_called_the_same(field: str) -> None:
    called = Counter(getattr(failure, field) for failure in ALL_FAILURES)

    assert [value for value, count in called.items() if count > 1] == []


@pytest.mark.parametrize("name", FAILURES)
def test_a_failure_is_explained_in_sound_sentences(name: str) -> None:
    failure = FAILURES[name]
    sentences = (failure.cause, failure.remedy)

    assert all(s.endswith(".") and s.count("`") % 2 == 0 for s in sentences)
    assert not set("".join((failure.title, *sentences))) & set("<>&")
    assert not set(re.sub("`[^`]*`", "", "".join(sentences))) & set("*~_")
    assert not failure.title.endswith(".")
    said = (failure.title, *sentences, RERUN_IN_WORDS[failure.rerun])
    assert len(" ".join(said).split()) <= 60


ENTRY = 'title = "T"\ncause = "C."\nremedy = "R."\nsource = "s"\nsamples = ["a"]\n'


def catalogue_of(
    words: str = "patterns = ['a']", code: str = "codes = ['0130131']", top: str = ""
) -> str:
    """Return a catalogue with an entry of each kind and these lines."""
    return (
        f"{top}\nshared_codes = []\n"
        f"[by_words.some-words]\n{ENTRY}{words}\n"
        f"[by_code.some-code]\n{ENTRY}{code}\n"
        f"[by_class.some-class]\n{ENTRY}prefixes = ['013']\n"
        f"[unknown]\n{ENTRY}"
    )


def test_a_catalogue_is_read() -> None:
    catalogue = parse_catalogue(catalogue_of())

    assert [failure.name for failure in catalogue.by_words] == ["some-words"]
    assert catalogue.by_code["0130131"].name == "some-code"
    assert catalogue.by_class["013"].rerun is Rerun.AFTER_CHANGE


@pytest.mark.parametrize(
    ("mistake", "complaint"),
    [
        ({"words": "codes = []"}, "by_words.some-words: Object missing required field `patterns`"),
        ({"words": "patterns = []"}, "by_words.some-words: .*length >= 1"),
        ({"words": "patterns = [1]"}, "by_words.some-words: .*regular expression"),
        ({"words": "patterns = ['(']"}, "by_words.some-words: Not a regular expression"),
        ({"words": "patterns = ['']"}, "by_words.some-words: .*regular expression"),
        (
            {"words": "patterns = ['a']\nrerun = 'no'"},
            "by_words.some-words: Invalid enum value 'no'",
        ),
        ({"words": "patterns = ['a']\nhint = 'b'"}, "by_words.some-words: .*unknown field `hint`"),
        ({"code": "codes = []"}, "by_code.some-code: .*length >= 1"),
        ({"code": "codes = ['130131']"}, "by_code.some-code: .*matching regex"),
        ({"code": "codes = ['0130131', '0130131']"}, "some-code: 0130131 also belongs to"),
        ({"top": "by_word = 1"}, "unknown field `by_word`"),
    ],
)
def test_a_wrong_entry_is_named(mistake: dict[str, str], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        parse_catalogue(catalogue_of(**mistake))


@pytest.mark.parametrize(
    ("said", "is_found"),
    [
        ("NoSuchObject", True),
        ("<Code>NoSuchObject</Code>", True),
        ("nosuchobject: gone", True),
        ("\u6743\u9650NoSuchObject\u4e0d\u5b58\u5728", True),
        ("NoSuchObjectException(message:x)", False),
        ("MyNoSuchObject", False),
        ("NoSuchObject_2", False),
    ],
)
def test_words_are_found_as_a_whole(said: str, is_found: bool) -> None:
    [failure] = parse_catalogue(catalogue_of("patterns = ['NoSuchObject']")).by_words

    assert failure.fits(said, ()) is is_found


def test_the_catalogue_is_read_once() -> None:
    assert load_catalogue() is load_catalogue()


_LOADED_BY_MANY = """
import importlib, sys, threading
from odps_bot.messages.failures import catalogue

sys.setswitchinterval(1e-6)
for _ in range(15):
    importlib.reload(catalogue)
    loaded, start = [], threading.Barrier(4)
    def load():
        start.wait()
        loaded.append(catalogue.load_catalogue())
    threads = [threading.Thread(target=load) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(one) for one in loaded}) == 1
"""


def test_threads_that_meet_the_first_failure_at_once_do_not_crash() -> None:
    loading = subprocess.run(
        [sys.executable, "-c", _LOADED_BY_MANY], capture_output=True, check=False, text=True
    )

    assert (loading.returncode, loading.stderr) == (0, "")
