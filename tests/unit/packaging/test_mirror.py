"""tests/unit mirrors the packages: where a module is tested follows from where it is."""

from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
UNIT = ROOT / "tests/unit"

#: Files that hold a theme across modules of their package, rather than one module, by folder.
THEMES = {
    ".": {"measured_app"},
    "commands": {"command_table"},
    "config": {"example_rules", "secret_files"},
    "diagnosis": {"lasting_findings", "time_lines"},
    "input": {"hostile_lengths"},
    "listeners": {"membership", "requests_with_nulls"},
    "input/slack_message": {"nothing_is_lost", "paragraphs"},
    "maxcompute": {"import_weight"},
    "messages/results": {"csv_of_both_protocols"},
    "maxcompute/models": {"fuzz_responses", "odd_fields", "sub_status", "task_progress"},
    "messages": {
        *(
            "emoji",
            "golden",
            "golden_boards",
            "golden_decisions",
            "golden_denials",
            "golden_destruction",
            "golden_findings",
            "golden_forms",
            "golden_history",
            "golden_home",
            "golden_stops",
            "golden_why",
        ),
        *("golden_inquiries", "golden_notices", "hostile_content", "lengths", "wording"),
    },
    "operations": {"repeated_redis_errors"},
    "messages/run": {"trouble"},
    "runs/lifecycle": {"lifecycle_machine", "refused_polls"},
    "sandbox/maxcompute": {
        "conversions_of_types",
        "errors_of_wrong_statements",
        "partition_pruning",
        *("bearer_tokens", "changing_rows", "csv_of_results", "data_types", "hostile_input"),
        *("groups_and_lateral_views", "kept_instances", "permissions_of_a_project"),
        *("planned_faults", "reading_submissions"),
        *("request_signatures", "running_sql", "splitting_scripts", "stage_progress"),
        *("time_zones", "timing_of_instances"),
    },
    "sandbox/maxcompute/engine/functions": {
        *(
            "function_errors",
            "functions_in_queries",
            "large_values",
            "results_of_functions",
            "vendor_examples",
        ),
    },
    "sandbox/slack": {"state"},
    "sandbox/slack/block_kit": {"malformed", "oracle", "views"},
    "sql/classification": {
        *("classify", "corpus", "functions_of_the_sandbox", "hostile_variants"),
        "reads_change_nothing",
    },
    "workers/delivery": {"handlers"},
}

#: What holds files of the repository that belong to no package.
OF_THE_REPOSITORY = "packaging"


def packages_of(folder: str) -> Iterator[Path]:
    """Yield where the modules may be that a folder of tests is about."""
    yield ROOT / "odps_bot" / folder
    if folder.partition("/")[0] in {"workers", "benchmarks"}:
        yield ROOT / folder


def files_of_tests() -> list[str]:
    files = (path.relative_to(UNIT) for path in UNIT.rglob("test_*.py"))
    return sorted(str(path) for path in files if path.parts[0] != OF_THE_REPOSITORY)


@pytest.mark.parametrize("test", files_of_tests())
def test_a_file_of_tests_is_named_after_its_module_or_a_theme(test: str) -> None:
    folder, name = str(Path(test).parent), Path(test).stem.removeprefix("test_")
    packages = [package for package in packages_of(folder) if package.is_dir()]
    named = {path.stem for package in packages for path in package.iterdir()}

    assert packages, f"no package is called {folder}"
    assert name in named | {Path(folder).name} | THEMES.get(folder, set())


def test_every_theme_has_its_file() -> None:
    themes = {f"{folder}/test_{name}.py" for folder, names in THEMES.items() for name in names}

    assert {str(Path(theme)) for theme in themes} <= set(files_of_tests())
