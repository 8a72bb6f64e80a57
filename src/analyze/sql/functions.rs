//! Functions by what a call of them does, beside giving a value.
//!
//! The lists hold what servers bring along and extensions that many use: the catalogue of PostgreSQL 15 (`pg_proc` without volatile
//! functions that write), `INFORMATION_SCHEMA.SQL_FUNCTIONS` of MariaDB 10.11, `pragma_function_list` of SQLite 3.40, and the manuals for
//! what newer ones and MySQL add. A name that is not here is the application's own, and nobody knows what it does.

use std::collections::HashSet;
use std::sync::LazyLock;

use crate::facts::SqlDialect;

/// What a call does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Called {
    /// Nothing beside its value; also what takes the next number of a sequence.
    Value,
    /// It ends sessions, touches files, slots, locks of sessions, large objects or other servers.
    Effect,
    /// It lets time pass.
    Waits,
    /// It sets the next number of a sequence.
    Sequence,
    Unknown,
}

/// What the call of a function does; `name` as [`Statement::calls`](crate::evidence::sql::Statement) has it.
pub(super) fn called(name: &str, dialect: SqlDialect) -> Called {
    // Where Supabase and others put extensions.
    let name = name.strip_prefix("extensions.").unwrap_or(name);
    let (values, effects, waits) = match dialect {
        SqlDialect::Postgres => (&*POSTGRES, EFFECTS_POSTGRES, WAITS_POSTGRES),
        SqlDialect::Mysql | SqlDialect::Mariadb => (&*MYSQL, EFFECTS_MYSQL, WAITS_MYSQL),
        SqlDialect::Sqlite => (&*SQLITE, EFFECTS_SQLITE, &[][..]),
    };
    let bare = name.rsplit('.').next().unwrap_or(name);
    if values.contains(name) {
        Called::Value
    } else if effects.contains(&bare) || dialect == SqlDialect::Postgres && bare.starts_with("dblink") {
        Called::Effect
    } else if waits.contains(&name) {
        Called::Waits
    } else if name == "setval" && dialect == SqlDialect::Postgres {
        Called::Sequence
    } else {
        Called::Unknown
    }
}

static POSTGRES: LazyLock<HashSet<&str>> = LazyLock::new(|| VALUES_POSTGRES.split(' ').collect());
static MYSQL: LazyLock<HashSet<&str>> = LazyLock::new(|| VALUES_MYSQL.split(' ').collect());
static SQLITE: LazyLock<HashSet<&str>> = LazyLock::new(|| VALUES_SQLITE.split(' ').collect());

const WAITS_POSTGRES: &[&str] = &["pg_sleep", "pg_sleep_for", "pg_sleep_until"];
const WAITS_MYSQL: &[&str] = &[
    "benchmark",
    "master_gtid_wait",
    "master_pos_wait",
    "sleep",
    "source_pos_wait",
    "wait_for_executed_gtid_set",
    "wait_until_sql_thread_after_gtids",
    "wsrep_sync_wait_upto_gtid",
];

const EFFECTS_POSTGRES: &[&str] = &[
    "http",
    "http_delete",
    "http_get",
    "http_patch",
    "http_post",
    "http_put",
    "lo_close",
    "lo_creat",
    "lo_create",
    "lo_export",
    "lo_from_bytea",
    "lo_import",
    "lo_open",
    "lo_put",
    "lo_truncate",
    "lo_truncate64",
    "lo_unlink",
    "lowrite",
    "pg_advisory_lock",
    "pg_advisory_lock_shared",
    "pg_advisory_xact_lock",
    "pg_advisory_xact_lock_shared",
    "pg_backup_start",
    "pg_backup_stop",
    "pg_cancel_backend",
    "pg_copy_logical_replication_slot",
    "pg_copy_physical_replication_slot",
    "pg_create_logical_replication_slot",
    "pg_create_physical_replication_slot",
    "pg_create_restore_point",
    "pg_drop_replication_slot",
    "pg_file_rename",
    "pg_file_sync",
    "pg_file_unlink",
    "pg_file_write",
    "pg_log_backend_memory_contexts",
    "pg_logdir_ls",
    "pg_logical_emit_message",
    "pg_logical_slot_get_binary_changes",
    "pg_logical_slot_get_changes",
    "pg_ls_dir",
    "pg_promote",
    "pg_read_binary_file",
    "pg_read_file",
    "pg_reload_conf",
    "pg_replication_origin_advance",
    "pg_replication_origin_create",
    "pg_replication_origin_drop",
    "pg_replication_origin_session_reset",
    "pg_replication_origin_session_setup",
    "pg_replication_origin_xact_reset",
    "pg_replication_origin_xact_setup",
    "pg_replication_slot_advance",
    "pg_rotate_logfile",
    "pg_start_backup",
    "pg_stat_reset",
    "pg_stat_reset_replication_slot",
    "pg_stat_reset_shared",
    "pg_stat_reset_single_function_counters",
    "pg_stat_reset_single_table_counters",
    "pg_stat_reset_slru",
    "pg_stat_reset_subscription_stats",
    "pg_stat_statements_reset",
    "pg_stop_backup",
    "pg_switch_wal",
    "pg_switch_xlog",
    "pg_sync_replication_slots",
    "pg_terminate_backend",
    "pg_wal_replay_pause",
    "pg_wal_replay_resume",
];
const EFFECTS_MYSQL: &[&str] = &[
    "asynchronous_connection_failover_add_source",
    "asynchronous_connection_failover_delete_source",
    "get_lock",
    "group_replication_set_as_primary",
    "group_replication_switch_to_multi_primary_mode",
    "group_replication_switch_to_single_primary_mode",
    "keyring_key_remove",
    "keyring_key_store",
    "load_file",
    "service_get_read_locks",
    "service_get_write_locks",
    "sys_eval",
    "sys_exec",
];
const EFFECTS_SQLITE: &[&str] = &["edit", "fts3_tokenizer", "load_extension", "readfile", "writefile"];

const VALUES_POSTGRES: &str = "\
    abbrev abs acos acosd acosh age akeys any_value area armor array_agg array_append array_dims array_fill array_length \
    array_lower array_ndims array_position array_positions array_prepend array_remove array_replace array_reverse \
    array_sample array_shuffle array_sort array_to_json array_to_string array_to_tsvector array_upper ascii asin asind \
    asinh atan atan2 atan2d atand atanh avals avg bernoulli bigint bit bit_and bit_count bit_length bit_or bit_xor bool \
    bool_and bool_or boolean box box2d box3d bpchar brin_summarize_new_values brin_summarize_range broadcast bytea \
    cardinality casefold cash_words cast cbrt ceil ceiling center char char_length character character_length chr cidr \
    circle citext clock_timestamp coalesce col_description concat concat_ws convert convert_from convert_to corr cos cosd \
    cosh cosine_distance cot cotd count covar_pop covar_samp crc32 crc32c crypt cume_dist current_catalog current_database \
    current_date current_query current_role current_schema current_schemas current_setting current_time current_timestamp \
    current_user currval date date_add date_bin date_cmp_timestamp date_cmp_timestamptz date_part date_subtract date_trunc \
    datemultirange daterange dearmor dec decimal decode decrypt decrypt_iv defined degrees dense_rank diagonal diameter \
    difference digest div dmetaphone dmetaphone_alt double earth_box earth_distance encode encrypt encrypt_iv enum_first \
    enum_last enum_range erf erfc every exist exp extract factorial family first_value float float4 float8 floor \
    force_not_null force_null force_quote format format_type gamma gcd gen_random_bytes gen_random_uuid gen_salt \
    generate_series generate_subscripts geography geometry get_bit get_byte get_current_ts_config getdatabaseencoding \
    gin_clean_pending_list greatest grouping halfvec has_any_column_privilege has_column_privilege has_database_privilege \
    has_foreign_data_wrapper_privilege has_function_privilege has_language_privilege has_parameter_privilege \
    has_schema_privilege has_sequence_privilege has_server_privilege has_table_privilege has_tablespace_privilege \
    has_type_privilege height hmac host hostmask hstore hstore_to_array hstore_to_json hstore_to_jsonb inet_client_addr \
    inet_client_port inet_merge inet_same_family inet_server_addr inet_server_port initcap inner_product int int2 int4 \
    int4inc int4multirange int4range int8 int8multirange int8range integer interval interval_avg is_normalized isclosed \
    isempty isfinite ishorizontal isopen isparallel isperp isvertical json json_agg json_array json_array_elements \
    json_array_elements_text json_array_length json_arrayagg json_build_array json_build_object json_each json_each_text \
    json_exists json_extract_path json_extract_path_text json_object json_object_agg json_object_keys json_objectagg \
    json_populate_record json_populate_recordset json_query json_scalar json_serialize json_strip_nulls json_table \
    json_to_record json_to_recordset json_to_tsvector json_typeof json_value jsonb jsonb_agg jsonb_array_elements \
    jsonb_array_elements_text jsonb_array_length jsonb_build_array jsonb_build_object jsonb_each jsonb_each_text \
    jsonb_extract_path jsonb_extract_path_text jsonb_insert jsonb_object jsonb_object_agg jsonb_object_keys \
    jsonb_path_exists jsonb_path_exists_tz jsonb_path_match jsonb_path_match_tz jsonb_path_query jsonb_path_query_array \
    jsonb_path_query_array_tz jsonb_path_query_first jsonb_path_query_first_tz jsonb_path_query_tz jsonb_populate_record \
    jsonb_populate_recordset jsonb_pretty jsonb_set jsonb_set_lax jsonb_strip_nulls jsonb_to_record jsonb_to_recordset \
    jsonb_to_tsvector jsonb_typeof justify_days justify_hours justify_interval l2_distance lag last_value lastval lca lcm \
    lead least left length levenshtein levenshtein_less_equal lgamma like line ll_to_earth ln lo_get localtime \
    localtimestamp log log10 lower lower_inc lower_inf lpad lseg ltree2text ltrim macaddr macaddr8 macaddr8_set7bit \
    make_date make_interval make_time make_timestamp make_timestamptz masklen max md5 metaphone min min_scale mod mode \
    money multirange mxid_age name nchar netmask network nextval nlevel normalize now npoints nth_value ntile nullif \
    num_nonnulls num_nulls numeric nummultirange numnode numrange obj_description octet_length oid oidvectortypes overlaps \
    overlay parse_ident path percent_rank percentile_cont percentile_disc pg_advisory_unlock pg_advisory_unlock_all \
    pg_advisory_unlock_shared pg_available_extension_versions pg_available_extensions pg_backend_pid pg_basetype \
    pg_blocking_pids pg_char_to_encoding pg_client_encoding pg_collation_actual_version pg_collation_for \
    pg_collation_is_visible pg_column_compression pg_column_is_updatable pg_column_size pg_column_toast_chunk_id \
    pg_conf_load_time pg_config pg_control_system pg_conversion_is_visible pg_current_snapshot pg_current_wal_flush_lsn \
    pg_current_wal_insert_lsn pg_current_wal_lsn pg_current_xact_id pg_current_xact_id_if_assigned pg_cursor \
    pg_database_collation_actual_version pg_database_size pg_describe_object pg_encoding_max_length pg_encoding_to_char \
    pg_export_snapshot pg_extension_update_paths pg_filenode_relation pg_function_is_visible pg_get_acl \
    pg_get_catalog_foreign_keys pg_get_constraintdef pg_get_expr pg_get_function_arg_default pg_get_function_arguments \
    pg_get_function_identity_arguments pg_get_function_result pg_get_function_sqlbody pg_get_functiondef pg_get_indexdef \
    pg_get_keywords pg_get_object_address pg_get_partition_constraintdef pg_get_partkeydef pg_get_publication_tables \
    pg_get_replica_identity_index pg_get_replication_slots pg_get_ruledef pg_get_serial_sequence pg_get_statisticsobjdef \
    pg_get_statisticsobjdef_columns pg_get_statisticsobjdef_expressions pg_get_triggerdef pg_get_userbyid pg_get_viewdef \
    pg_has_role pg_identify_object pg_identify_object_as_address pg_index_column_has_property pg_index_has_property \
    pg_indexam_has_property pg_indexam_progress_phasename pg_indexes_size pg_input_error_info pg_input_is_valid \
    pg_is_in_recovery pg_is_other_temp_schema pg_is_wal_replay_paused pg_jit_available pg_last_wal_receive_lsn \
    pg_last_wal_replay_lsn pg_last_xact_replay_timestamp pg_listening_channels pg_lock_status pg_lsn pg_mcv_list_items \
    pg_my_temp_schema pg_notify pg_opclass_is_visible pg_operator_is_visible pg_opfamily_is_visible pg_options_to_table \
    pg_partition_ancestors pg_partition_root pg_partition_tree pg_postmaster_start_time pg_prepared_statement \
    pg_prepared_xact pg_relation_filenode pg_relation_filepath pg_relation_is_publishable pg_relation_is_updatable \
    pg_relation_size pg_replication_origin_oid pg_safe_snapshot_blocking_pids pg_sequence_last_value \
    pg_sequence_parameters pg_settings_get_flags pg_show_all_settings pg_size_bytes pg_size_pretty pg_snapshot_xip \
    pg_snapshot_xmax pg_snapshot_xmin pg_stat_clear_snapshot pg_stat_get_dead_tuples pg_stat_get_live_tuples \
    pg_statistics_obj_is_visible pg_table_is_visible pg_table_size pg_tablespace_databases pg_tablespace_location \
    pg_tablespace_size pg_timezone_abbrevs pg_timezone_names pg_total_relation_size pg_trigger_depth pg_try_advisory_lock \
    pg_try_advisory_lock_shared pg_try_advisory_xact_lock pg_try_advisory_xact_lock_shared pg_ts_config_is_visible \
    pg_ts_dict_is_visible pg_ts_parser_is_visible pg_ts_template_is_visible pg_type_is_visible pg_typeof \
    pg_visible_in_snapshot pg_wal_lsn_diff pg_walfile_name pg_walfile_name_offset pg_xact_commit_timestamp pg_xact_status \
    pgp_pub_decrypt pgp_pub_encrypt pgp_sym_decrypt pgp_sym_decrypt_bytea pgp_sym_encrypt pgp_sym_encrypt_bytea \
    phraseto_tsquery pi plainto_tsquery point polygon position pow power quote_ident quote_literal quote_nullable radians \
    radius random random_normal range_agg range_intersect_agg range_merge rank real regclass regexp_count regexp_instr \
    regexp_like regexp_match regexp_matches regexp_replace regexp_split_to_array regexp_split_to_table regexp_substr \
    regproc regr_avgx regr_avgy regr_count regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy regrole regtype \
    repeat replace reverse right round row_number row_security_active row_to_json rpad rtrim scale serial session_user \
    set_bit set_byte set_masklen setseed setweight sha224 sha256 sha384 sha512 shobj_description show_trgm sign similarity \
    sin sind sinh skeys slope smallint soundex sparsevec split_part sqrt st_area st_asbinary st_asewkt st_asgeojson \
    st_asmvt st_asmvtgeom st_astext st_azimuth st_boundary st_buffer st_centroid st_collect st_contains st_convexhull \
    st_coveredby st_covers st_crosses st_difference st_disjoint st_distance st_distancesphere st_dwithin st_endpoint \
    st_envelope st_equals st_expand st_extent st_flipcoordinates st_force2d st_force3d st_geogfromtext \
    st_geographyfromtext st_geohash st_geometryn st_geometrytype st_geomfromewkb st_geomfromewkt st_geomfromgeojson \
    st_geomfromtext st_geomfromwkb st_intersection st_intersects st_isempty st_isvalid st_length st_linefromtext \
    st_makeenvelope st_makeline st_makepoint st_makepolygon st_makevalid st_multi st_npoints st_numgeometries st_overlaps \
    st_perimeter st_point st_pointfromtext st_pointn st_polygon st_polygonfromtext st_setsrid st_simplify st_snaptogrid \
    st_srid st_startpoint st_symdifference st_tileenvelope st_touches st_transform st_union st_within st_x st_xmax st_xmin \
    st_y st_ymax st_ymin st_z statement_timestamp stddev stddev_pop stddev_samp strict_word_similarity string_agg \
    string_to_array string_to_table strip strpos subltree subpath substr substring sum svals system tan tand tanh text \
    text2ltree textlen time timeofday timestamp timestamp_cmp_date timestamp_cmp_timestamptz timestamptz \
    timestamptz_cmp_date timestamptz_cmp_timestamp timetz timezone to_ascii to_bin to_char to_date to_hex to_json to_jsonb \
    to_number to_oct to_regclass to_regcollation to_regnamespace to_regoper to_regoperator to_regproc to_regprocedure \
    to_regrole to_regtype to_timestamp to_tsquery to_tsvector transaction_timestamp translate treat trim trim_array \
    trim_scale trunc ts_debug ts_delete ts_filter ts_headline ts_lexize ts_parse ts_rank ts_rank_cd ts_token_type \
    tsmultirange tsquery_phrase tsrange tstzmultirange tstzrange tsvector_to_array txid_current txid_current_if_assigned \
    txid_current_snapshot txid_snapshot_xip txid_snapshot_xmax txid_snapshot_xmin txid_status txid_visible_in_snapshot \
    unaccent unicode_assigned unicode_version unistr unnest upper upper_inc upper_inf uuid_extract_timestamp \
    uuid_extract_version uuid_generate_v1 uuid_generate_v1mc uuid_generate_v3 uuid_generate_v4 uuid_generate_v5 uuid_nil \
    uuid_ns_dns uuid_ns_oid uuid_ns_url uuid_ns_x500 uuidv4 uuidv7 var_pop var_samp varbit varchar variance varying vector \
    version websearch_to_tsquery width width_bucket word_similarity xid xml xml_is_well_formed xml_is_well_formed_content \
    xml_is_well_formed_document xmlagg xmlattributes xmlcomment xmlconcat xmlelement xmlexists xmlforest xmlnamespaces \
    xmlparse xmlpi xmlroot xmlserialize xmltable xpath xpath_exists";

const VALUES_MYSQL: &str = "\
    abs acos add_months adddate addtime aes_decrypt aes_encrypt against any_value ascii asin atan atan2 bigint bin \
    bin_to_uuid binary binlog_gtid_pos bit bit_and bit_count bit_length bit_or bit_xor blob cast ceil ceiling char \
    char_length character character_length charset chr coalesce coercibility collate collation column_add column_check \
    column_create column_delete column_exists column_get column_json column_list compress concat concat_ws connection_id \
    conv convert convert_tz cos cot count crc32 crc32c cume_dist curdate current_date current_role current_time \
    current_timestamp current_user curtime database date date_add date_format date_sub datediff datetime day dayname \
    dayofmonth dayofweek dayofyear dec decimal decode default degrees dense_rank des_decrypt des_encrypt double elt encode \
    encrypt enum exp export_set extract extractvalue field find_in_set first_value float floor format format_bytes \
    format_pico_time found_rows from_base64 from_days from_unixtime geometry geometrycollection get_format greatest \
    group_concat grouping gtid_subset gtid_subtract hex hour icu_version if ifnull inet6_aton inet6_ntoa inet_aton \
    inet_ntoa initcap insert instr int integer interval is_free_lock is_ipv4 is_ipv4_compat is_ipv4_mapped is_ipv6 \
    is_used_lock is_uuid isnull json json_array json_array_append json_array_insert json_arrayagg json_compact \
    json_contains json_contains_path json_depth json_detailed json_equals json_exists json_extract json_insert json_keys \
    json_length json_loose json_merge json_merge_patch json_merge_preserve json_normalize json_object json_objectagg \
    json_overlaps json_pretty json_query json_quote json_remove json_replace json_schema_valid \
    json_schema_validation_report json_search json_set json_storage_free json_storage_size json_table json_type \
    json_unquote json_valid json_value lag last_day last_insert_id last_value lastval lcase lead least left length lengthb \
    linestring ln localtime localtimestamp locate log log10 log2 lower lpad ltrim make_set makedate maketime match max \
    mbrcontains mbrcoveredby mbrcovers mbrdisjoint mbrequals mbrintersects mbroverlaps mbrtouches mbrwithin md5 median \
    mediumint microsecond mid min minute mod month monthname months_between multilinestring multipoint multipolygon \
    name_const natural_sort_key nchar nextval now nth_value ntile nullif numeric nvl nvl2 oct octet_length old_password \
    ord password percent_rank percentile_cont percentile_disc period_add period_diff pi point polygon position pow power \
    ps_current_thread_id ps_thread_id quarter quote radians rand random_bytes rank real regexp_instr regexp_like \
    regexp_replace regexp_substr release_all_locks release_lock repeat replace reverse right roles_graphml round row \
    row_count row_number rownum rpad rtrim schema schemas sec_to_time second session_user set sformat sha sha1 sha2 sign \
    signed sin smallint soundex space sqrt st_area st_asbinary st_asgeojson st_astext st_aswkb st_aswkt st_buffer \
    st_centroid st_collect st_contains st_convexhull st_crosses st_difference st_dimension st_disjoint st_distance \
    st_distance_sphere st_endpoint st_envelope st_equals st_exteriorring st_geohash st_geomcollfromtext st_geometryn \
    st_geometrytype st_geomfromgeojson st_geomfromtext st_geomfromwkb st_interiorringn st_intersection st_intersects \
    st_isclosed st_isempty st_issimple st_isvalid st_latfromgeohash st_latitude st_length st_linefromtext \
    st_longfromgeohash st_longitude st_makeenvelope st_mpointfromtext st_numgeometries st_numpoints st_overlaps \
    st_pointfromgeohash st_pointfromtext st_pointn st_polyfromtext st_polygonfromtext st_simplify st_srid st_startpoint \
    st_swapxy st_symdifference st_touches st_transform st_union st_validate st_within st_x st_y statement_digest \
    statement_digest_text std stddev stddev_pop stddev_samp str_to_date strcmp subdate substr substring substring_index \
    subtime sum sys_guid sysdate system_user tan text time time_format time_to_sec timediff timestamp timestampadd \
    timestampdiff tinyint to_base64 to_char to_date to_days to_number to_seconds trim trunc truncate ucase uncompress \
    uncompressed_length unhex unix_timestamp unsigned updatexml upper user utc_date utc_time utc_timestamp uuid uuid_short \
    uuid_to_bin uuid_v4 uuid_v7 value values var_pop var_samp varbinary varchar variance version week weekday weekofyear \
    weight_string wsrep_last_seen_gtid wsrep_last_written_gtid year yearweek";

const VALUES_SQLITE: &str = "\
    abs acos acosh asin asinh atan atan2 atanh avg bm25 cast ceil ceiling changes char coalesce concat concat_ws cos cosh \
    count cume_dist current_date current_time current_timestamp date datetime decimal degrees dense_rank exp first_value \
    floor format fts5 fts5_source_id generate_series glob group_concat hex highlight if ifnull iif instr json json_array \
    json_array_length json_each json_error_position json_extract json_group_array json_group_object json_insert \
    json_object json_patch json_pretty json_quote json_remove json_replace json_set json_tree json_type json_valid jsonb \
    jsonb_array jsonb_extract jsonb_group_array jsonb_group_object jsonb_insert jsonb_object jsonb_patch jsonb_remove \
    jsonb_replace jsonb_set julianday lag last_insert_rowid last_value lead length like likelihood likely ln log log10 \
    log2 lower ltrim match matchinfo max median min mod nth_value ntile nullif numeric octet_length offsets percent_rank \
    percentile percentile_cont percentile_disc pi pow power pragma_collation_list pragma_database_list \
    pragma_foreign_key_list pragma_function_list pragma_index_info pragma_index_list pragma_index_xinfo pragma_table_info \
    pragma_table_list pragma_table_xinfo printf quote radians raise random randomblob rank replace round row_number \
    rtreecheck rtreedepth rtreenode rtrim sign sin sinh snippet soundex sqlite_compileoption_get sqlite_compileoption_used \
    sqlite_log sqlite_source_id sqlite_version sqrt strftime string_agg substr substring subtype sum tan tanh time \
    timediff total total_changes trim trunc typeof unhex unicode unistr unistr_quote unixepoch unlikely upper varchar \
    zeroblob";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_stands_in_one_list_only() {
        for dialect in [SqlDialect::Postgres, SqlDialect::Mysql, SqlDialect::Sqlite] {
            let (values, others): (_, Vec<&str>) = match dialect {
                SqlDialect::Postgres => (VALUES_POSTGRES, [EFFECTS_POSTGRES, WAITS_POSTGRES, &["setval", "set_config"]].concat()),
                SqlDialect::Sqlite => (VALUES_SQLITE, EFFECTS_SQLITE.to_vec()),
                _ => (VALUES_MYSQL, [EFFECTS_MYSQL, WAITS_MYSQL].concat()),
            };
            let values: Vec<&str> = values.split(' ').collect();
            assert!(values.windows(2).all(|pair| pair[0] < pair[1]), "{dialect:?}: in order, each once, single blanks");
            assert_eq!(others.iter().filter(|name| values.contains(name)).count(), 0, "{dialect:?}");
        }
    }

    #[test]
    fn a_name_of_the_application_is_not_that_of_the_server() {
        assert_eq!(called("lower", SqlDialect::Postgres), Called::Value);
        assert_eq!(called("app.lower", SqlDialect::Postgres), Called::Unknown);
        assert_eq!(called("extensions.uuid_generate_v4", SqlDialect::Postgres), Called::Value);
        assert_eq!(called("pg_purge", SqlDialect::Postgres), Called::Unknown);
        assert_eq!(called("group_concat", SqlDialect::Postgres), Called::Unknown);
        assert_eq!(called("group_concat", SqlDialect::Mariadb), Called::Value);
        assert_eq!(called("ext.dblink_exec", SqlDialect::Postgres), Called::Effect);
        assert_eq!(called("load_extension", SqlDialect::Sqlite), Called::Effect);
    }
}
