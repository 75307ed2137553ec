-- Empty the staging relation.
truncate staging.heart_rate_packs, staging.batch
