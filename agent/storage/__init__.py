"""PostgreSQL, tables, repositories, encryption, and the only commit (``unit_of_work``)."""
