"""Two to four stacks on the same data, trained together: what differs between them, and what it does."""

from ui.compare import compare

compare()
