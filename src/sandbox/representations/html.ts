import { escapeMarkup } from './escape.ts';
import type { Link, Report } from './report.ts';

const anchor = ({ href, name }: Link): string =>
  `<a href="${escapeMarkup(href)}.html">${escapeMarkup(name ?? href)}</a>`;

const STYLE = [
  'body{font:14px system-ui,sans-serif}',
  'table{border-collapse:collapse}',
  'td,th{padding:2px 10px;border-bottom:1px solid #ddd;text-align:left}',
  'td.n{text-align:right}',
].join('');

/** A table with links, for demonstration. */
export function* renderHtml(report: Report): Generator<string> {
  const links = [
    ...(report.rollUp === undefined ? [] : [`<p>roll-up: ${anchor(report.rollUp)}</p>`]),
    ...(report.drillDown.length === 0
      ? []
      : [`<p>drill-down: ${report.drillDown.map(anchor).join(' · ')}</p>`]),
  ];
  const heads = [...report.dimensions, ...report.metrics].map((name) => `<th>${name}</th>`);
  yield `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>${escapeMarkup(report.self)}</title>
<style>${STYLE}</style></head>
<body><h1>${escapeMarkup(report.self)}</h1>${links.join('')}
<table><thead><tr>${heads.join('')}</tr></thead><tbody>
`;
  for (const batch of report.batches) {
    let text = '';
    for (const { dimensions, metrics } of batch) {
      const cells = [
        ...dimensions.map((value) => `<td>${escapeMarkup(value)}</td>`),
        ...metrics.map((value) => `<td class="n">${value}</td>`),
      ];
      text += `<tr>${cells.join('')}</tr>\n`;
    }
    yield text;
  }
  yield '</tbody></table></body></html>\n';
}
