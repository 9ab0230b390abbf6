"""Two pictures as inline SVG: delay against false alarms, and a week of one home with its deadline."""

from collections.abc import Sequence
from html import escape
from math import log10
from typing import Any

COLOURS = {"routine": "#0b6e4f", "line": "#b5651d", "clock": "#6b7280", "founding": "#b91c1c"}
WIDTH, HEIGHT = 860, 380
LEFT, RIGHT, TOP, BOTTOM = 60, 200, 24, 50
Points = dict[str, list[tuple[float, float]]]


def frontier(curves: Points, names: dict[str, str], *, x_title: str, y_title: str) -> str:
    """Delay (up) against false alarms a year (right, logarithmic), a line for each rule."""
    most = max((y for points in curves.values() for _, y in points), default=1.0)
    top = max(12.0, min(48.0, -(-most // 6) * 6))

    def place(x: float, y: float) -> tuple[float, float]:
        across = (log10(max(x, 0.5)) - log10(0.5)) / (log10(250) - log10(0.5))
        return (
            LEFT + across * (WIDTH - LEFT - RIGHT),
            HEIGHT - BOTTOM - min(y, top) / top * (HEIGHT - TOP - BOTTOM),
        )

    parts = [_axis(place, top, x_title, y_title)]
    for n, (name, points) in enumerate(curves.items()):
        placed = [place(x, y) for x, y in sorted(points)]
        colour = COLOURS.get(name, "#333")
        if len(placed) > 1:
            parts.append(
                f'<polyline points="{_path(placed)}" fill="none" stroke="{colour}" stroke-width="2.5"/>'
            )
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>' for x, y in placed]
        y = TOP + 14 + 22 * n
        parts.append(f'<circle cx="{WIDTH - RIGHT + 16}" cy="{y - 4}" r="5" fill="{colour}"/>')
        parts.append(f'<text x="{WIDTH - RIGHT + 27}" y="{y}">{escape(names[name])}</text>')
    return _svg(parts, HEIGHT, f"{y_title} / {x_title}")


def _axis(place: Any, top: float, x_title: str, y_title: str) -> str:
    parts = []
    for x in (1, 2, 4, 12, 24, 52, 100, 200):
        at, low = place(x, 0)
        parts.append(f'<line x1="{at:.1f}" y1="{TOP}" x2="{at:.1f}" y2="{low:.1f}" class="grid"/>')
        parts.append(f'<text x="{at:.1f}" y="{low + 18:.1f}" text-anchor="middle">{x}</text>')
    for n in range(0, int(top) + 1, 6 if top > 12 else 3):
        left, at = place(0.5, n)
        parts.append(f'<line x1="{left}" y1="{at:.1f}" x2="{WIDTH - RIGHT}" y2="{at:.1f}" class="grid"/>')
        parts.append(f'<text x="{left - 8}" y="{at + 4:.1f}" text-anchor="end">{n}</text>')
    parts.append(
        f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 8}" text-anchor="middle">{x_title}</text>'
    )
    parts.append(f'<text x="{LEFT - 44}" y="14">{y_title}</text>')
    return "".join(parts)


def week_picture(
    week: dict[str, Any], day_names: Sequence[str], *, silent: str, allowed: str, sign: str
) -> str:
    """For each hour of a week how long it had been quiet, under the line at which somebody would knock."""
    begin, points = week["begin"], week["points"]
    height, right = 300, 20
    top = min(36.0, max((p[4] for p in points), default=24.0) * 1.05)

    def place(at: float, hours: float) -> tuple[float, float]:
        across = (at - begin) / (7 * 86400)
        return (LEFT + across * (WIDTH - LEFT - right), height - 50 - min(hours, top) / top * (height - 90))

    low = place(begin, 0)[1]
    parts = []
    for day, name in enumerate(day_names):
        at = place(begin + day * 86400, 0)[0]
        parts.append(f'<line x1="{at:.1f}" y1="40" x2="{at:.1f}" y2="{low:.1f}" class="grid"/>')
        parts.append(f'<text x="{at + 46:.1f}" y="{height - 30}" text-anchor="middle">{escape(name)}</text>')
    for hours in range(0, int(top) + 1, 6):
        at = place(begin, hours)[1]
        parts.append(f'<line x1="{LEFT}" y1="{at:.1f}" x2="{WIDTH - right}" y2="{at:.1f}" class="grid"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{at + 4:.1f}" text-anchor="end">{hours}</text>')
    area = [
        (place(begin, 0)[0], low),
        *(place(p[0], p[3]) for p in points),
        (place(points[-1][0], 0)[0], low),
    ]
    parts.append(f'<polygon points="{_path(area)}" fill="#93c5fd"/>')
    line = [place(p[0], p[4]) for p in points]
    parts.append(f'<polyline points="{_path(line)}" fill="none" stroke="#b91c1c" stroke-width="1.8"/>')
    marks = [place(p[0], 0)[0] for p in points if p[2]]
    parts += [f'<line x1="{x:.1f}" y1="{low}" x2="{x:.1f}" y2="{low + 7}" stroke="#0b6e4f"/>' for x in marks]
    legend = ((LEFT, "#b91c1c", allowed), (LEFT + 300, "#93c5fd", silent), (LEFT + 560, "#0b6e4f", sign))
    for x, colour, text in legend:
        parts.append(f'<rect x="{x}" y="12" width="12" height="12" fill="{colour}"/>')
        parts.append(f'<text x="{x + 18}" y="23">{escape(text)}</text>')
    return _svg(parts, height, allowed)


def _path(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _svg(parts: Sequence[str], height: int, label: str) -> str:
    head = f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(label)}">'
    return head + "".join(parts) + "</svg>"
