"""The systems that a case can be played on: our product in this process, and others by their address."""
