"""The site: settings, processes, and the pages that mix apps.

Nothing is imported here: the launcher lives in this package and must stay a small process.
The Celery application is loaded by `SiteConfig.ready()`.
"""
