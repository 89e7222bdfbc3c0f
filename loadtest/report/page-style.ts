/** The style of the report's page. */
export const STYLE = `
:root { color-scheme: light; font: 14px/1.45 system-ui, "DejaVu Sans", sans-serif; color: #1c2128; background: #f6f7f9; }
body { max-width: 1280px; margin: 24px auto; padding: 0 20px; }
h1 { font-size: 24px; margin: 0 0 4px; }
.where { margin: 0 0 4px; color: #57606a; font-size: 12px; overflow-wrap: anywhere; }
.good, .bad { padding: 8px 12px; border-radius: 6px; margin: 10px 0 0; }
.good { background: #dcf5e3; color: #14532d; }
.bad { background: #fde2e1; color: #7f1d1d; font-weight: 600; }
.tiles { display: flex; flex-wrap: wrap; gap: 10px; margin: 16px 0; }
.tile { background: #fff; border: 1px solid #dfe3e8; border-radius: 8px; padding: 8px 14px; }
.tile b { display: block; font-size: 20px; font-variant-numeric: tabular-nums; }
.tile span { font-size: 12px; color: #57606a; }
.grid { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(440px, 100%), 1fr)); gap: 14px; }
figure { margin: 0; align-self: start; background: #fff; border: 1px solid #dfe3e8; border-radius: 8px; padding: 10px 12px; }
figcaption { font-weight: 600; display: flex; flex-wrap: wrap; justify-content: space-between; gap: 4px 16px; }
.legend { font-weight: 400; font-size: 12px; color: #57606a; display: flex; flex-wrap: wrap; gap: 4px 12px; }
.legend i { display: inline-block; width: 14px; border-top: 3px solid; margin-right: 5px; vertical-align: middle; }
.legend .broken { border-top: 1px dashed; opacity: .75; }
svg { width: 100%; height: auto; display: block; }
svg text { font-size: 11px; fill: #57606a; }
svg .axes line { stroke: #e7eaee; }
svg .x { text-anchor: middle; }
svg .y { text-anchor: end; }
svg .unit { text-anchor: middle; }
svg path { fill: none; stroke-width: 1.6; stroke-linejoin: round; }
svg circle { stroke: none; }
svg .faint path { stroke-width: 1; stroke-dasharray: 4 3; opacity: .75; }
svg .faint circle { opacity: 0; }
svg .band { fill: #1f6feb; opacity: .06; }
svg .bandname { font-style: italic; }
svg .full { fill: #1f6feb; }
svg .thin { fill: #a5c8ff; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; background: #fff; border: 1px solid #dfe3e8; margin: 16px 0; font-variant-numeric: tabular-nums; }
th, td { padding: 5px 12px; text-align: right; border-top: 1px solid #eef0f3; font-size: 13px; }
th:first-child, td:first-child { text-align: left; }
@media print { body { margin: 0; } figure { break-inside: avoid; } }
`;
