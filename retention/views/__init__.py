"""Pages of the scores: who is at risk and why, the models behind it, and what is tried out on them."""
