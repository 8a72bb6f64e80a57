UPDATE orders SET note = 'late' WHERE number BETWEEN 1000 AND 1400;
