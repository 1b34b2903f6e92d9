"""What AutoSend stores, and the states that it goes through, a module per part of the account."""
