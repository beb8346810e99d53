"""Kula: questions about the business, answered from its own data."""

from dashboards import kula_chat

kula_chat.show()
