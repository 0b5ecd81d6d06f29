"""Sub-statuses of instances, as MaxCompute numbers and describes them."""

WAITING_FOR_SCHEDULING = 1010
WAITING_FOR_TASK_SLOT = 1012
WAITING_FOR_REPLICATION = 1013
OFFLINE_WAITING = 1041
OFFLINE_RUNNING = 1042
RERUN = 1050
ONLINE_WAITING = 1051
ONLINE_RUNNING = 1052
ONLINE_FAILED = 1054
FINISHED = 1062
INITIALIZING = 1210
COMPILING = 1220
OPTIMIZING = 1230
SPLITTING = 1235
PLANNING = 1240
SUBMITTING = 1250

DESCRIPTIONS = {
    WAITING_FOR_SCHEDULING: "Waiting for scheduling",
    1011: "Waiting for cluster resource",
    WAITING_FOR_TASK_SLOT: "Waiting for concurrent task slot",
    WAITING_FOR_REPLICATION: "Waiting for data replication",
    1014: "Waiting for execution slot",
    1015: "Waiting for cleaning up of previous task attempt",
    1020: "Waiting for execution",
    1030: "Preparing for execution",
    1032: "Task is executing",
    1040: "Job has been submitted",
    OFFLINE_WAITING: "Offline Job Waiting for running",
    OFFLINE_RUNNING: "Offline Job is running",
    1044: "Offline Job is failed by fuxi",
    1045: "Offline Job is succeed by fuxi",
    1046: "Offline Job is cancelled by fuxi",
    RERUN: "Task rerun",
    ONLINE_WAITING: "Online Job Waiting for running",
    ONLINE_RUNNING: "Online Job is running",
    ONLINE_FAILED: "Online Job is failed by fuxi",
    1055: "Online Job is succeed by fuxi",
    1056: "Online Job is cancelled by fuxi",
    1060: "Task key-path executing finished",
    FINISHED: "Task is finished",
    INITIALIZING: "SQLTask is initializing",
    COMPILING: "SQLTask is compiling query",
    OPTIMIZING: "SQLTask is optimizing query",
    SPLITTING: "SQLTask is splitting data sources",
    PLANNING: "SQLTask is generating execution plan",
    SUBMITTING: "SQLTask is submitting execution plan",
}
UPDATING_METADATA = "SQLTask is updating meta information"
