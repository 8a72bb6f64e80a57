-- name: LateOrders :many
SELECT id, number FROM orders WHERE note LIKE '%late%' ORDER BY id LIMIT 50;
