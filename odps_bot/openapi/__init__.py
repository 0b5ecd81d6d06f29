"""A client of MaxCompute's OpenAPI of 2022-01-04, which has diagnoses of its own.

It shares accounts with the REST API, but neither permissions nor signatures: whoever may run a
statement may still be refused here. Errors are those of `odps_bot.maxcompute`.
"""

from odps_bot.openapi.client import OpenApiClient, endpoint_of_region
from odps_bot.openapi.job_info import JobInfo, JobSnapshot, SceneResult
from odps_bot.openapi.second_opinion import SecondOpinion, ask_second_opinion

__all__ = [
    "JobInfo",
    "JobSnapshot",
    "OpenApiClient",
    "SceneResult",
    "SecondOpinion",
    "ask_second_opinion",
    "endpoint_of_region",
]
