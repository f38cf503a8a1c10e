"""Importing files on a page: upload, columns, preview, import. The importers themselves belong to the apps below."""
