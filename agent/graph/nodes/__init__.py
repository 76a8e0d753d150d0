"""The nodes, one file each. A node degrades inside itself; it never lets a failed part lower the risk."""
