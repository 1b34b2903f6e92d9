"""Contacts, their fields and their lists: https://bsg.world/documentations/rest-api/contacts/."""
