"""The bus on the event loop that services and devices run on."""
