"""Claims (索赔单): what a supplier owes us, one for each lost supplier order or bad card, and how it ends."""
