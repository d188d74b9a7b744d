"""What the pages are made of: one folder a page, and what pages share. Uses the core, and holds no mathematics."""
