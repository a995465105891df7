"""Rows of the record cannot be changed or deleted, whoever asks and by whatever way.

TRUNCATE stays possible for the owner of the tables: tests empty the database with it. An
installation takes that right from the account that the site uses (docs/audit.md).
"""

from django.db import migrations

REFUSE = """
CREATE FUNCTION audit_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % can be neither changed nor deleted', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE FUNCTION audit_only_blank() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.id = OLD.id AND NEW.event_id = OLD.event_id
        AND NEW.key = OLD.key AND NEW.value IS NULL AND NEW.removed_at IS NOT NULL
        AND OLD.removed_at IS NULL THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'facts of % can only be blanked', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER audit_event_immutable BEFORE UPDATE OR DELETE ON audit_event
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER audit_accesslog_immutable BEFORE UPDATE OR DELETE ON audit_accesslog
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER audit_eventdetail_blank BEFORE UPDATE OR DELETE ON audit_eventdetail
    FOR EACH ROW EXECUTE FUNCTION audit_only_blank();
"""

ALLOW = """
DROP TRIGGER audit_event_immutable ON audit_event;
DROP TRIGGER audit_accesslog_immutable ON audit_accesslog;
DROP TRIGGER audit_eventdetail_blank ON audit_eventdetail;
DROP FUNCTION audit_refuse_change();
DROP FUNCTION audit_only_blank();
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [migrations.RunSQL(REFUSE, ALLOW)]
