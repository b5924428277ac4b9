"""What happens to money: test values, attempts, settlement."""
