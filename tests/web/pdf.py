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


def right_of(body: bytes, word: str) -> float:
    """Return the right edge, on the first page, of the first place where a word stands, also in several lines."""
    return max(right for _, right in _edges(body, word))


def left_of(body: bytes, word: str) -> float:
    """Return the left edge, on the first page, of the first place where a word stands."""
    return min(left for left, _ in _edges(body, word))


def _edges(body: bytes, word: str) -> list[tuple[float, float]]:
    document = pypdfium2.PdfDocument(body)
    try:
        text = document[0].get_textpage()
        read = [(text.get_text_range(at, 1), text.get_charbox(at)) for at in range(text.count_chars())]
        read = [(letter, box) for letter, box in read if letter.strip("\u200b \r\n")]
        begin = "".join(letter for letter, _ in read).index(word)
        return [(left, right) for _, (left, _, right, _) in read[begin : begin + len(word)]]
    finally:
        document.close()
