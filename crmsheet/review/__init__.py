"""The review: sections give neutral blocks (blocks.py), and html.py and xlsx.py render them.

Nothing heavy is imported here; the renderers load Jinja2 and XlsxWriter when they are used.
"""
