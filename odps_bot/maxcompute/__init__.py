"""A client of MaxCompute's REST API that needs nothing but `requests`.

```python
client = Client(endpoint, project="p", credentials=StaticCredentials(AccessKey("id", "secret")))
instance = client.run_sql("select 1")
instance.wait_for_success()
```

Times are aware UTC `datetime`, durations `timedelta`. Errors: see `odps_bot.maxcompute.errors`.
"""

from odps_bot.maxcompute.client import Client
from odps_bot.maxcompute.errors import (
    AlreadyTerminatedError,
    AmbiguousSubmitError,
    ApiError,
    AuthenticationError,
    ConflictError,
    ConnectionFailedError,
    CredentialsUnavailableError,
    InstanceFailedError,
    InvalidArgumentError,
    InvalidInstanceIdError,
    InvalidRequestError,
    MalformedResponseError,
    MaxComputeError,
    NotFoundError,
    PermissionDeniedError,
    ServerError,
    ThrottledError,
    WaitTimeoutError,
)
from odps_bot.maxcompute.http.credentials import (
    AccessKey,
    BearerToken,
    BearerTokenFile,
    Credentials,
    CredentialsProvider,
    RotatingCredentials,
    SdkCredentials,
    StaticCredentials,
    credentials_from_environ,
)
from odps_bot.maxcompute.http.instrumentation import RequestObserver
from odps_bot.maxcompute.http.retries import RetryPolicy
from odps_bot.maxcompute.http.throttle import Throttle
from odps_bot.maxcompute.instance import Instance
from odps_bot.maxcompute.models.data_types import Column, DataType
from odps_bot.maxcompute.models.details import SqlCost, TaskCost, TaskSummary, Worker
from odps_bot.maxcompute.models.instances import (
    InstanceSource,
    InstanceStatus,
    InstanceSummary,
    QueueingInfo,
    StageProgress,
    TaskProgress,
    TaskSource,
    TaskState,
    TaskStatus,
    TaskStatuses,
)
from odps_bot.maxcompute.models.results import Cell, ResultTable, TaskResult
from odps_bot.maxcompute.models.values import Value
from odps_bot.maxcompute.task import Task
from odps_bot.maxcompute.tunnel.download import ResultDownload
from odps_bot.maxcompute.xflow import XFlowAction, XFlows, XFlowSource

__all__ = [
    "AccessKey",
    "AlreadyTerminatedError",
    "AmbiguousSubmitError",
    "ApiError",
    "AuthenticationError",
    "BearerToken",
    "BearerTokenFile",
    "Cell",
    "Client",
    "Column",
    "ConflictError",
    "ConnectionFailedError",
    "Credentials",
    "CredentialsProvider",
    "CredentialsUnavailableError",
    "DataType",
    "Instance",
    "InstanceFailedError",
    "InstanceSource",
    "InstanceStatus",
    "InstanceSummary",
    "InvalidArgumentError",
    "InvalidInstanceIdError",
    "InvalidRequestError",
    "MalformedResponseError",
    "MaxComputeError",
    "NotFoundError",
    "PermissionDeniedError",
    "QueueingInfo",
    "RequestObserver",
    "ResultDownload",
    "ResultTable",
    "RetryPolicy",
    "RotatingCredentials",
    "SdkCredentials",
    "ServerError",
    "SqlCost",
    "StageProgress",
    "StaticCredentials",
    "Task",
    "TaskCost",
    "TaskProgress",
    "TaskResult",
    "TaskSource",
    "TaskState",
    "TaskStatus",
    "TaskStatuses",
    "TaskSummary",
    "Throttle",
    "ThrottledError",
    "Value",
    "WaitTimeoutError",
    "Worker",
    "XFlowAction",
    "XFlowSource",
    "XFlows",
    "credentials_from_environ",
]
