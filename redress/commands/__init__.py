"""The commands of the command line, grouped by what a person wants: to serve, to fill the stock, to look, to keep it well, to prove it."""
