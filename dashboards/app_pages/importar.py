"""Importar: from a spreadsheet to rows in the CRM, step by step, through the API alone."""

from dashboards import import_page

import_page.show()
