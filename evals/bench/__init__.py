"""``make bench``: the speed and memory bars of the product, measured interleaved in one run."""
