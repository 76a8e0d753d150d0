"""Who is alerted next, and through what: the ladder, its policy, and the channels out of this building."""
