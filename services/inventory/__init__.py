"""The inventory service: what is for sale, where cards come from, and which card goes to which need."""
