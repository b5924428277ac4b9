"""The pages a customer sees: payment, bank challenge, bank redirect."""
