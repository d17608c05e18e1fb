"""Stock: products, batches of cards, the cards themselves, and who may open them."""
