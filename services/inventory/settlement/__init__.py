"""Settlement: what we owe suppliers whose cards we sell before we pay for them, and consignors (寄售) for what they let us sell."""
