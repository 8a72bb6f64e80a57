SET lock_timeout = '2s';
ALTER TABLE orders FROBNICATE audit;
SELECT * FROM pg_class WHERE (relname = 'a';
ALTER TABLE orders DROP COLUMN note;
