"""The buyer finds the order again and sees the cards; staff and the shop see how it goes."""
