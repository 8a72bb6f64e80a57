-- Orders get a status; the note goes.
CREATE INDEX countries_by_name ON countries (name);
ALTER TABLE orders ADD COLUMN status text NOT NULL DEFAULT 'new';
CREATE INDEX orders_by_status ON orders (status);
ALTER TABLE orders DROP COLUMN note;
UPDATE orders SET status = 'paid' WHERE paid_at IS NOT NULL;
