"""The dated rules of eligibility as numbers of documents that are indexed already.

The same values as ``matching.adapters.days_of``; without them nobody passes a run's filters.
"""

from django.db import migrations

LAST_DAY = 3_652_059  # date.max.toordinal()
NUMBERS = f"""
WITH proven AS (
    SELECT expert_id, max(COALESCE(verified_until - DATE '0001-01-01' + 1, {LAST_DAY})) AS until
    FROM experts_claim WHERE verification = 'verified' GROUP BY expert_id)
UPDATE matching_expertindex i SET numbers = i.numbers || jsonb_build_object(
    'eligible_until', CASE WHEN e.state = 'approved' AND e.monthly_cap > 0
        THEN LEAST(COALESCE(e.expires_on - DATE '0001-01-01' + 1, {LAST_DAY}), COALESCE(p.until, 0))
        ELSE 0 END,
    'pause_over', CASE WHEN e.availability <> 'paused' THEN {LAST_DAY}
        ELSE {LAST_DAY} - COALESCE(e.paused_until - DATE '0001-01-01' + 1, {LAST_DAY}) END)
FROM experts_expert e LEFT JOIN proven p ON p.expert_id = e.id
WHERE e.id = i.expert_id
"""


class Migration(migrations.Migration):
    dependencies = [("matching", "0004_learning"), ("experts", "0002_link_keys")]

    operations = [migrations.RunSQL(NUMBERS, migrations.RunSQL.noop, elidable=True)]
