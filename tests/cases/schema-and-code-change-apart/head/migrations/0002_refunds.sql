alter table payments add column refunded bigint;
