"""`odps-bot doctor`: check the setup, and say how to fix problems. It changes nothing."""

from odps_bot.operations.doctor.examination import examine
from odps_bot.operations.doctor.finding import Finding, Verdict
from odps_bot.operations.doctor.report import as_json_lines, as_text, exit_status, summary

__all__ = ["Finding", "Verdict", "as_json_lines", "as_text", "examine", "exit_status", "summary"]
