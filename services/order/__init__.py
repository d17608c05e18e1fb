"""The order service: from placing over payment to the card in the buyer's hands. See README.md."""
