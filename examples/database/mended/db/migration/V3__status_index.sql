SET lock_timeout = '2s';
CREATE INDEX CONCURRENTLY orders_by_status ON orders (status);
