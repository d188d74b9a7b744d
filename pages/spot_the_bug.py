"""A network with a mistake in its backward pass beside its right twin: which mistake is it?"""

from ui.spot_the_bug import errata_table, spot_the_bug

spot_the_bug()
errata_table()
