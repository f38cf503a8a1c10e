"""How experiments are drawn, planned and read (mission.md 3.6). Pure: no database, no clock."""
