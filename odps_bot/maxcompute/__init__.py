"""A client of MaxCompute's REST API that needs nothing but `requests` and `msgspec`.

```python
client = Client(endpoint, project="p", credentials=StaticCredentials(AccessKey("id", "secret")))
instance = client.run_sql("select 1")
instance.wait_for_success()
```

Times are aware UTC `datetime`, durations `timedelta`. Errors: see `odps_bot.maxcompute.errors`.
"""

# One block per module: ruff would split each into one import per name.
# isort: off
from odps_bot.maxcompute.authorization import (
    Account as Account,
    Authorization as Authorization,
    QueryResult as QueryResult,
    QueryStatus as QueryStatus,
)
from odps_bot.maxcompute.client import Client as Client
from odps_bot.maxcompute.errors import (
    AlreadyTerminatedError as AlreadyTerminatedError,
    AmbiguousSubmitError as AmbiguousSubmitError,
    ApiError as ApiError,
    AuthenticationError as AuthenticationError,
    ConflictError as ConflictError,
    ConnectionFailedError as ConnectionFailedError,
    CredentialsUnavailableError as CredentialsUnavailableError,
    GatewayError as GatewayError,
    HeldBackError as HeldBackError,
    InstanceFailedError as InstanceFailedError,
    InvalidArgumentError as InvalidArgumentError,
    InvalidArgumentTypeError as InvalidArgumentTypeError,
    InvalidInstanceIdError as InvalidInstanceIdError,
    InvalidRequestError as InvalidRequestError,
    MalformedResponseError as MalformedResponseError,
    MaxComputeError as MaxComputeError,
    NoInteractiveQuotaError as NoInteractiveQuotaError,
    NotFoundError as NotFoundError,
    PermissionDeniedError as PermissionDeniedError,
    ResponseTooLargeError as ResponseTooLargeError,
    ServerError as ServerError,
    ThrottledError as ThrottledError,
    WaitTimeoutError as WaitTimeoutError,
)
from odps_bot.maxcompute.guids import GuidReading as GuidReading
from odps_bot.maxcompute.http.admission import Admission as Admission, Attempt as Attempt
from odps_bot.maxcompute.http.credentials import (
    AccessKey as AccessKey,
    BearerToken as BearerToken,
    BearerTokenFile as BearerTokenFile,
    Credentials as Credentials,
    CredentialsProvider as CredentialsProvider,
    RotatingCredentials as RotatingCredentials,
    SdkCredentials as SdkCredentials,
    StaticCredentials as StaticCredentials,
    credentials_from_environ as credentials_from_environ,
)
from odps_bot.maxcompute.http.instrumentation import RequestObserver as RequestObserver
from odps_bot.maxcompute.http.retries import RetryPolicy as RetryPolicy
from odps_bot.maxcompute.http.throttle import Throttle as Throttle
from odps_bot.maxcompute.instance import Instance as Instance
from odps_bot.maxcompute.listing import Page as Page
from odps_bot.maxcompute.merge import MergeTasks as MergeTasks
from odps_bot.maxcompute.models.data_types import Column as Column, DataType as DataType
from odps_bot.maxcompute.models.details import (
    SqlCost as SqlCost,
    TaskCost as TaskCost,
    TaskSummary as TaskSummary,
)
from odps_bot.maxcompute.models.instances import (
    InstanceSource as InstanceSource,
    InstanceStatus as InstanceStatus,
    InstanceSummary as InstanceSummary,
    QueueingInfo as QueueingInfo,
    StageProgress as StageProgress,
    SubStatus as SubStatus,
    TaskProgress as TaskProgress,
    TaskSource as TaskSource,
    TaskState as TaskState,
    TaskStatus as TaskStatus,
    TaskStatuses as TaskStatuses,
)
from odps_bot.maxcompute.models.log_tails import LogTail as LogTail
from odps_bot.maxcompute.models.quotas import (
    QuotaUsage as QuotaUsage,
    Resources as Resources,
)
from odps_bot.maxcompute.models.results import (
    Cell as Cell,
    ResultTable as ResultTable,
    TaskResult as TaskResult,
)
from odps_bot.maxcompute.models.summaries import (
    RecordSpread as RecordSpread,
    StageSummary as StageSummary,
    TableAmount as TableAmount,
)
from odps_bot.maxcompute.models.tables import TableContent as TableContent
from odps_bot.maxcompute.models.times import (
    Instant as Instant,
    WallTime as WallTime,
    ZoneClock as ZoneClock,
)
from odps_bot.maxcompute.models.values import Value as Value
from odps_bot.maxcompute.models.workers import (
    StageWorkers as StageWorkers,
    Worker as Worker,
)
from odps_bot.maxcompute.tables import Tables as Tables
from odps_bot.maxcompute.task import Task as Task
from odps_bot.maxcompute.tunnel.download import ResultDownload as ResultDownload
from odps_bot.maxcompute.xflow import (
    XFlow as XFlow,
    XFlowAction as XFlowAction,
    XFlows as XFlows,
    XFlowSource as XFlowSource,
)
