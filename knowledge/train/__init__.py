"""Recipe for the embedding weights; needs the extra ``[train]``."""
