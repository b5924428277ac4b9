"""The contract with the job library: what our own enqueueing and worker rely on."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection, transaction
from django.utils import timezone
from procrastinate.contrib.django.django_connector import DjangoConnector

from comptoir.jobs import recovery
from comptoir.jobs.app import real
from comptoir.jobs.backoff import Backoff
from comptoir.jobs.models import Worker
from comptoir.jobs.queue import enqueue

pytestmark = pytest.mark.django_db(transaction=True)


def jobs(columns: str = "id, status::text, queueing_lock") -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM procrastinate_jobs ORDER BY id")
        return list(cursor.fetchall())


def do(statement: str, *values: int | str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def test_a_job_exists_if_and_only_if_the_transaction_commits() -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        enqueue("mail.send", args={"mail_id": 1})
        raise RuntimeError
    assert jobs() == []
    with transaction.atomic():
        enqueue("mail.send", args={"mail_id": 1})
    assert len(jobs()) == 1


def test_one_job_of_a_key_waits_and_is_pulled_forward() -> None:
    later = timezone.now() + dt.timedelta(hours=1)
    first = enqueue("mail.send", key="mail:1", at=later, args={"mail_id": 1})
    assert enqueue("mail.send", key="mail:1", args={"mail_id": 1}) == first
    assert jobs("scheduled_at") == [(None,)]
    assert enqueue("mail.send", key="mail:1", at=later, args={"mail_id": 1}) == first
    assert jobs("scheduled_at") == [(None,)]


def test_the_key_is_released_when_the_job_starts_so_that_a_retry_and_a_twin_both_live() -> None:
    first = enqueue("mail.send", key="mail:1", args={"mail_id": 1})
    do("UPDATE procrastinate_jobs SET status = 'doing' WHERE id = %s", first)
    twin = enqueue("mail.send", key="mail:1", args={"mail_id": 1})
    assert twin != first
    do("SELECT procrastinate_retry_job_v2(%s, now(), NULL, NULL, NULL)", first)
    assert [status for _id, status, _key in jobs()] == ["todo", "todo"]


def test_tasks_of_the_workers_second_application_defer_on_djangos_connection() -> None:
    connector = real().connector
    assert isinstance(connector, DjangoConnector)
    worker = real().with_connector(connector.get_worker_connector())
    assert worker.tasks is real().tasks
    with pytest.raises(RuntimeError), transaction.atomic():
        worker.tasks["mail.send"].defer(mail_id=1)
        raise RuntimeError
    assert jobs() == []


def test_jobs_of_a_worker_that_no_longer_lives_are_tried_again() -> None:
    job = enqueue("mail.send", args={"mail_id": 1})
    do("INSERT INTO procrastinate_workers (id, last_heartbeat) OVERRIDING SYSTEM VALUE VALUES (7, now())")
    do("UPDATE procrastinate_jobs SET status = 'doing', worker_id = 7 WHERE id = %s", job)
    assert recovery.retry_stalled() == 0
    Worker.objects.create(name="worker-1", procrastinate_id=7)
    recovery.release("worker-1")  # the supervisor saw it die
    assert [status for _id, status, _key in jobs()] == ["todo"]


def test_jobs_whose_workers_heart_stopped_are_found_without_anybody_telling() -> None:
    job = enqueue("mail.send", args={"mail_id": 1})
    do(
        "INSERT INTO procrastinate_workers (id, last_heartbeat) OVERRIDING SYSTEM VALUE VALUES (8, now() - interval '1 minute')"
    )
    do("UPDATE procrastinate_jobs SET status = 'doing', worker_id = 8 WHERE id = %s", job)
    assert recovery.retry_stalled() == 1


def test_a_job_that_was_given_up_raises_an_alert() -> None:
    from comptoir.kernel.models import Alert

    jobs_given_up = {f"job:{enqueue('mail.send', args={'mail_id': number})}" for number in range(120)}
    do("UPDATE procrastinate_jobs SET status = 'failed'")
    assert [recovery.alert_given_up(), recovery.alert_given_up(), recovery.alert_given_up()] == [100, 20, 0]
    assert set(Alert.objects.values_list("key", flat=True)) == jobs_given_up


def test_whatever_loses_its_database_is_tried_again_and_not_given_up() -> None:
    from django.db import OperationalError
    from procrastinate.jobs import Job

    ours = {name: task for name, task in real().tasks.items() if not name.startswith(("builtin:", "procrastinate."))}
    given_up = []
    for name, task in ours.items():
        job = Job(id=1, queue="q", lock=None, queueing_lock=None, task_name=name, attempts=3)
        if task.get_retry_exception(OperationalError("server closed the connection"), job) is None:
            given_up.append(name)
    assert given_up == []
    assert {"inbox.catch_up", "payments.fees"} < set(ours)


def test_the_back_off_grows_to_its_cap_and_ends() -> None:
    from procrastinate.jobs import Job

    strategy = Backoff(first=2, longest=60, tries=6)

    def delay(attempts: int) -> float | None:
        job = Job(id=1, queue="q", lock=None, queueing_lock=None, task_name="t", attempts=attempts)
        decision = strategy.get_retry_decision(exception=RuntimeError(), job=job)
        if decision is None or decision.retry_at is None:
            return None
        return (decision.retry_at - dt.datetime.now(dt.UTC)).total_seconds()

    delays = [delay(attempts) for attempts in range(6)]
    assert delays[5] is None
    assert all(found is not None and found <= 72 for found in delays[:5])
    assert (delays[0] or 0) < 4 < (delays[3] or 0)
