"""Cases: opened in one commit with the job that rings for them, spooled to disk when the database is away."""
