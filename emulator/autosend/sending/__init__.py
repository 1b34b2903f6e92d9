"""How AutoSend sends: single mails, campaigns, automations, and what follows from each delivery."""
