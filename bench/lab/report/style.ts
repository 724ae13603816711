/** The look of the report: system fonts, light and dark, readable at 360 pixels and on paper. */

export const STYLE = `
:root {
  color-scheme: light dark;
  --ground: #fdfcfa; --panel: #f3f1ec; --ink: #22262b; --soft: #5a626c; --rule: #dcd8cf; --shade: #e9e4d8;
  --c0: #14695a; --c1: #b0481c; --c2: #5b4fae; --c3: #8a6a00; --link: #14695a;
  --p0: #14695a; --p1: #d0924f; --p2: #7f97b2; --p3: #a892c4; --p4: #9aa39b;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #171a1d; --panel: #1f2327; --ink: #e6e4df; --soft: #a3abb4; --rule: #363c42; --shade: #262c31;
    --c0: #5cc9b2; --c1: #f0946a; --c2: #b3a8f5; --c3: #e0bd55; --link: #5cc9b2;
    --p0: #5cc9b2; --p1: #c98a48; --p2: #7f9cbf; --p3: #a58fc9; --p4: #858f88;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0 auto; padding: 1.5rem 1rem 4rem; max-width: 62rem;
  background: var(--ground); color: var(--ink);
  font: 1rem/1.55 system-ui, sans-serif;
}
h1 { font-size: 1.9rem; line-height: 1.15; margin: 0.5rem 0; }
h2 { font-size: 1.35rem; margin: 2.8rem 0 0.6rem; padding-top: 0.8rem; border-top: 2px solid var(--rule); }
h3 { font-size: 1.05rem; margin: 2rem 0 0.2rem; }
p, li { max-width: 46rem; }
li { margin: 0.35rem 0; }
ul { padding-left: 1.2rem; }
a { color: var(--link); }
.lead { font-size: 1.1rem; }
.made, .note, figcaption { color: var(--soft); font-size: 0.875rem; }
.note { margin: 0.2rem 0 0.6rem; }
nav ul { list-style: none; display: flex; flex-wrap: wrap; gap: 0.3rem 1.1rem; padding: 0; }
nav a { display: inline-block; padding: 0.3rem 0; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); gap: 1rem; margin: 1.2rem 0; }
figure { margin: 0; padding: 0.8rem; background: var(--panel); border-radius: 0.5rem; }
figure svg { display: block; width: 100%; height: auto; }
.plot-title { margin: 0 0 0.2rem; font-weight: 600; }
.legend { list-style: none; margin: 0 0 0.4rem; padding: 0; display: flex; flex-wrap: wrap; gap: 0 0.9rem; font-size: 0.8125rem; }
.legend li { display: flex; align-items: center; gap: 0.35rem; margin: 0.1rem 0; }
.legend svg.key-line { width: 28px; height: 8px; flex: none; }
.key { width: 0.8rem; height: 0.8rem; border-radius: 0.15rem; flex: none; }
figcaption { margin-top: 0.4rem; line-height: 1.4; }
.grid { stroke: var(--rule); stroke-width: 1; }
.shade { fill: var(--shade); }
.tick, .label, .value { font-size: 11px; fill: var(--soft); }
.label, .value { fill: var(--ink); font-size: 12px; }
.line { fill: none; stroke-width: 2; stroke-linejoin: round; }
.s0 { stroke: var(--c0); }
.s1 { stroke: var(--c1); stroke-dasharray: 7 3; }
.s2 { stroke: var(--c2); stroke-dasharray: 2 3; }
.s3 { stroke: var(--c3); stroke-dasharray: 9 3 2 3; }
.s4 { stroke: var(--soft); stroke-dasharray: 4 4; }
.s5 { stroke: var(--ink); stroke-dasharray: 1 4; }
.p0 { fill: var(--p0); background: var(--p0); }
.p1 { fill: var(--p1); background: var(--p1); }
.p2 { fill: var(--p2); background: var(--p2); }
.p3 { fill: var(--p3); background: var(--p3); }
.p4 { fill: var(--p4); background: var(--p4); }
.scroll { overflow-x: auto; border: 1px solid var(--rule); border-radius: 0.4rem; }
.scroll:focus-visible, a:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
table { border-collapse: collapse; width: 100%; font-size: 0.875rem; font-variant-numeric: tabular-nums; }
th, td { padding: 0.4rem 0.6rem; text-align: right; border-bottom: 1px solid var(--rule); white-space: nowrap; }
thead th { background: var(--panel); font-weight: 600; white-space: normal; vertical-align: bottom; }
th[scope="row"], thead th:first-child { text-align: left; font-weight: 500; }
th[scope="row"] { position: sticky; left: 0; background: var(--ground); white-space: normal; min-width: 7rem; }
tbody tr:last-child > * { border-bottom: 0; }
@media print { .scroll { overflow: visible; } figure, tr { break-inside: avoid; } }
`
