"""The sample world: a brand agency and a movement studio, their accounts and people, and what became of 132 leads.

Who and what is in it stands in the TOML files; the modules turn them into rows through the same services as real data.
"""

from reviews.demo.staff import DEMO_PASSWORD
from reviews.demo.world import World, count_world, holds_other_data, is_there, make_world

__all__ = ["DEMO_PASSWORD", "World", "count_world", "holds_other_data", "is_there", "make_world"]
