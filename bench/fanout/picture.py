"""Figures as bars, in an SVG that a page of the repository shows."""

from html import escape

WIDTH, LABEL, BAR, GAP = 860, 210, 20, 8


def bars(values: dict[str, float], title: str) -> str:
    """Return one bar a value, in the order given; ours are green."""
    most = max(values.values(), default=1)
    lines = [f'<text x="0" y="16" font-weight="600">{escape(title)}</text>']
    for n, (name, value) in enumerate(values.items()):
        y, long = 30 + n * (BAR + GAP), max(2, round((WIDTH - LABEL - 70) * value / most))
        colour = "#0A5C36" if name.startswith("ours") else "#6B7780"
        lines += [
            f'<text x="{LABEL - 8}" y="{y + 15}" text-anchor="end">{escape(name)}</text>',
            f'<rect x="{LABEL}" y="{y}" width="{long}" height="{BAR}" rx="3" fill="{colour}"/>',
            f'<text x="{LABEL + long + 6}" y="{y + 15}">{value:.1f}</text>',
        ]
    height = 36 + len(values) * (BAR + GAP)
    inside = "\n".join(lines)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif"'
        f' font-size="14" fill="#0B1216">\n<rect width="{WIDTH}" height="{height}" fill="#fff"/>\n{inside}\n</svg>\n'
    )
