"""What the pages share: the workspace of a session, its controls, and the live view."""
