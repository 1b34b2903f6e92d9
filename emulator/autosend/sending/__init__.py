"""How AutoSend sends single mails, campaigns and automations, and what each delivery causes."""
