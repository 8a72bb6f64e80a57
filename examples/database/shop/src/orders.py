def notes(connection, country):
    return connection.execute("SELECT id, note FROM orders WHERE country = %s", (country,)).fetchall()
