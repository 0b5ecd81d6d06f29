"""`odps-bot doctor`: what is well, what is not, why, and how to mend it. It changes nothing."""

from odps_bot.operations.doctor.examination import examine
from odps_bot.operations.doctor.finding import Finding, Verdict
from odps_bot.operations.doctor.report import as_json_lines, as_text, exit_status, summary

__all__ = ["Finding", "Verdict", "as_json_lines", "as_text", "examine", "exit_status", "summary"]
