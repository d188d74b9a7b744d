"""A network with a mistake in its backward pass beside its right twin: which mistake is it?"""

from ui.errata_table import errata_table
from ui.spot_the_bug import spot_the_bug

spot_the_bug()
errata_table()
