"""From the payment to the card in the buyer's hands, or to DeliveryFailed: the saga of README.md."""
