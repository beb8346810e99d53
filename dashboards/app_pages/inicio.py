"""Inicio: the board of saved questions."""

from dashboards import board_page

board_page.show()
