"""What happens in loyalty programs. Requests, orders and scenarios call it with their turn."""
