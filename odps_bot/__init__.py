"""Run, follow and control Alibaba MaxCompute (ODPS) jobs from Slack."""

__version__ = "0.2.0"
