from django.db import migrations

RELEASE = """
CREATE FUNCTION comptoir_release_queueing_lock() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN NEW.queueing_lock := NULL; RETURN NEW; END $$;
CREATE TRIGGER comptoir_release_queueing_lock BEFORE UPDATE OF status ON procrastinate_jobs FOR EACH ROW
WHEN (OLD.status = 'todo' AND NEW.status = 'doing' AND OLD.queueing_lock IS NOT NULL)
EXECUTE FUNCTION comptoir_release_queueing_lock();
"""
BACK = (
    "DROP TRIGGER comptoir_release_queueing_lock ON procrastinate_jobs; DROP FUNCTION comptoir_release_queueing_lock();"
)


class Migration(migrations.Migration):
    """The key of a job is released when it starts: kept until its end, a retry beside a waiting twin would freeze both."""

    dependencies = [("jobs", "0001_initial"), ("procrastinate", "0041_post_retry_failed_job")]
    operations = [migrations.RunSQL(RELEASE, BACK)]
