# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""How pages look: one style sheet, light, dark and on paper."""

from __future__ import annotations

# The eight colours of Okabe and Ito, told apart by most colour-blind people; on dark a little lighter.
_LIGHT = ("#0072b2", "#d55e00", "#009e73", "#b3679b", "#8a6d00", "#56a5d4", "#6b6b6b", "#000000")
_DARK = ("#56b4e9", "#f0803c", "#2fc79b", "#dd9cc6", "#f0e442", "#3f8fc0", "#a8a8a8", "#ffffff")
_DASHES = ("none", "7 4", "2 3", "9 3 2 3", "12 4", "4 2", "1 4", "6 2 1 2 1 2")


def _colours(colours: tuple[str, ...]) -> str:
    return "".join(f"--s{number}:{colour};" for number, colour in enumerate(colours))


_SERIES = "".join(
    f".s{number}{{--c:var(--s{number})}}.line.s{number}{{stroke-dasharray:{dashes}}}\n"
    for number, dashes in enumerate(_DASHES)
)

STYLE = (
    f":root{{--ink:#1c2321;--dim:#5c6763;--paper:#fff;--line:#dfe5e2;--warn:#8a3b00;"
    f"--band:#ffedc2;--bandink:#4a3200;{_colours(_LIGHT)}}}\n"
    f"@media screen and (prefers-color-scheme:dark){{:root{{--ink:#e6ebe8;--dim:#9aa6a1;--paper:#141817;"
    f"--line:#2f3735;--warn:#ffb380;--band:#4a3a10;--bandink:#ffe6a8;{_colours(_DARK)}}}}}\n"
    + """
:root{color-scheme:light dark}
body{margin:0;background:var(--paper);color:var(--ink);
font:16px/1.5 system-ui,"Segoe UI","DejaVu Sans",sans-serif}
main{max-width:60rem;margin:0 auto;padding:1.5rem}
h1{font-size:1.6rem;line-height:1.2;margin:.5rem 0}
h2{font-size:1.2rem;margin:2.2rem 0 .6rem;border-bottom:1px solid var(--line);padding-bottom:.25rem}
.lead,figcaption{color:var(--dim)}
figcaption{color:var(--ink);font-weight:600}
p{white-space:pre-line;max-width:46rem}
.warning{border-left:4px solid var(--warn);padding-left:.8rem}
.simulated{background:var(--band);color:var(--bandink);padding:.5rem .8rem;
font-weight:600;border-radius:.3rem;max-width:none}
figure{margin:1.4rem 0 1.8rem}
.legend{display:flex;flex-wrap:wrap;gap:.1rem 1.2rem;list-style:none;
margin:.2rem 0;padding:0;font-size:.9rem}
.legend svg{vertical-align:-1px;overflow:visible}
.wide{overflow-x:auto}
.plot{display:block;width:100%;min-width:34rem;height:auto}
svg text{fill:var(--ink);font-size:12px}
svg .dim,svg .axis{fill:var(--dim)}
.grid{stroke:var(--line)}
.zero{stroke:var(--dim)}
.line{fill:none;stroke:var(--c);stroke-width:1.8;stroke-linejoin:round;stroke-linecap:round}
.box{fill:var(--c);stroke:var(--paper);stroke-width:.6}
.point{fill:var(--c)}
.span{fill:var(--c);opacity:.13}
.error{fill:none;stroke:var(--ink);stroke-width:1.3}
table{border-collapse:collapse;font-size:.9rem;font-variant-numeric:tabular-nums;margin:.6rem 0}
caption{text-align:left;color:var(--dim);padding-bottom:.2rem}
th,td{padding:.22rem .8rem .22rem 0;text-align:right;border-bottom:1px solid var(--line);white-space:nowrap}
thead th{vertical-align:bottom;white-space:normal;font-weight:600}
th:first-child,.text{text-align:left;font-weight:400;white-space:normal;
overflow-wrap:anywhere;min-width:6rem}
thead th:first-child,thead .text{font-weight:600}
tfoot td,tfoot th{border-top:2px solid var(--dim);font-weight:600}
summary{cursor:pointer;color:var(--dim);font-size:.9rem}
footer{margin-top:3rem;color:var(--dim);font-size:.85rem}
@media print{table{font-size:.7rem}th,td{padding-right:.4rem}
main{max-width:none;padding:0}figure,tr{break-inside:avoid}h2{break-after:avoid}
.wide{overflow:visible}.simulated{border:1px solid}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
"""
    + _SERIES
)
