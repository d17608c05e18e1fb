"""The demo: a card shop's hard day in a minute, on the real system, told in words and judged by the stores."""
