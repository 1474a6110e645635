"""What somebody reads in a PDF."""

import pypdfium2


def pdf_pages(body: bytes) -> list[str]:
    """Return the text of each page, on one line."""
    document = pypdfium2.PdfDocument(body)
    try:
        return [" ".join(page.get_textpage().get_text_range().split()) for page in document]
    finally:
        document.close()


def pdf_text(body: bytes) -> str:
    """Return the text of all pages, on one line."""
    return " ".join(pdf_pages(body))
