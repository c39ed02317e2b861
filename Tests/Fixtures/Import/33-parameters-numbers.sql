-- Odd: ALTER SYSTEM of numbers, sizes, times, switches and enums in every spelling, some equal to the default.
ALTER SYSTEM SET maintenance_work_mem = '0.125GB';
ALTER SYSTEM SET work_mem = 6144;
ALTER SYSTEM SET autovacuum_naptime = '1.5min';
ALTER SYSTEM SET checkpoint_timeout = '600';
ALTER SYSTEM SET deadlock_timeout = '1500 ms';
ALTER SYSTEM SET vacuum_cost_delay = '500us';
ALTER SYSTEM SET bgwriter_delay = '0.25s';
ALTER SYSTEM SET max_wal_size = '2 GB';
ALTER SYSTEM SET min_wal_size = 96;
ALTER SYSTEM SET effective_cache_size = '0x10000';
ALTER SYSTEM SET default_statistics_target = '0200';
ALTER SYSTEM SET random_page_cost = 1.10;
ALTER SYSTEM SET seq_page_cost = '1.0e0';
ALTER SYSTEM SET cpu_tuple_cost = 0.0123456789012345;
ALTER SYSTEM SET autovacuum_vacuum_scale_factor = '5e-2';
ALTER SYSTEM SET checkpoint_completion_target = '.7';
ALTER SYSTEM SET log_min_duration_sample = '90s';
ALTER SYSTEM SET log_min_duration_statement = '-1';
ALTER SYSTEM SET idle_in_transaction_session_timeout = '1d';
ALTER SYSTEM SET track_io_timing = '1';
ALTER SYSTEM SET log_disconnections = 'of';
ALTER SYSTEM SET enable_memoize = 'f';
ALTER SYSTEM SET jit = 'No';
ALTER SYSTEM SET track_functions = 'PL';
ALTER SYSTEM SET constraint_exclusion = 'yes';
ALTER SYSTEM SET wal_compression = 'true';
-- Equal to the default, in the same and in another unit.
ALTER SYSTEM SET parallel_tuple_cost = 0.1;
ALTER SYSTEM SET wal_writer_delay = '0.2s';
ALTER SYSTEM SET commit_siblings TO DEFAULT;
ALTER SYSTEM SET commit_siblings = 5;
ALTER SYSTEM SET temp_file_limit = '-1';

SELECT current_setting('server_version_num')::int >= 160000 AS pg16 \gset
\if :pg16
ALTER SYSTEM SET vacuum_buffer_usage_limit = '1.5MB';
\endif
SELECT current_setting('server_version_num')::int >= 170000 AS pg17 \gset
\if :pg17
ALTER SYSTEM SET transaction_timeout = '1d';
\endif
SELECT current_setting('server_version_num')::int >= 180000 AS pg18 \gset
\if :pg18
ALTER SYSTEM SET log_connections = 'receipt, authentication';
ALTER SYSTEM SET autovacuum_vacuum_max_threshold = '-1';
\endif
SELECT pg_reload_conf();
