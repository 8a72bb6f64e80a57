-- Orders get a status. The note goes in a later release, when no code names it.
SET lock_timeout = '2s';
CREATE INDEX countries_by_name ON countries (name);
ALTER TABLE orders ADD COLUMN status text NOT NULL DEFAULT 'new';
