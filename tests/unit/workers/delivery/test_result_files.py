"""A file is made by a job of its own, which is replaced until somebody has been told."""

from datetime import timedelta

from odps_bot.replies.ephemeral_replies import Address
from odps_bot.store.notification_kind import NotificationKind as Kind
from workers.delivery.result_files import enqueue_file


def test_the_job_is_enqueued_anew_every_two_minutes_while_somebody_waits(services, make_run):
    services.stores.runs.add(make_run())
    services.stores.ephemeral_replies.remember_address("csv-0a1b2c", Address(user_id="U1"))

    assert enqueue_file("0a1b2c", services, kind=Kind.CSV) == timedelta(minutes=2)
    assert services.jobs.enqueued == [("send_file", "csv", "0a1b2c", timedelta(0))]
    assert enqueue_file("0a1b2c", services, kind=Kind.CHART) is None
    assert enqueue_file("gone", services, kind=Kind.CSV) is None
    assert len(services.jobs.enqueued) == 1
