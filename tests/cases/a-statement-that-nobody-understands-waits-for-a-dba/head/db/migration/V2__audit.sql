SET lock_timeout = '2s';
ALTER TABLE orders ADD COLUMN audit text;
ALTER TABLE orders FROBNICATE audit;
