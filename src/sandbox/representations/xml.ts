import { escapeMarkup } from './escape.ts';
import type { Report } from './report.ts';

/** HAL XML: records are attributes of empty elements (docs/adobe.md §6). */
export function* renderXml(report: Report): Generator<string> {
  const links = [
    ...(report.rollUp === undefined
      ? []
      : [`<link rel="roll-up" href="${escapeMarkup(report.rollUp.href)}"/>`]),
    ...report.drillDown.map(({ href }) => `<link rel="drill-down" href="${escapeMarkup(href)}"/>`),
  ];
  yield `<?xml version="1.0" encoding="UTF-8"?>\n<resource href="${escapeMarkup(report.self)}"><links>${links.join('')}</links><report>`;
  const names = [...report.dimensions, ...report.metrics];
  for (const batch of report.batches) {
    let text = '';
    for (const { dimensions, metrics } of batch) {
      const values = [...dimensions.map(escapeMarkup), ...metrics];
      text += `<record ${names.map((name, index) => `${name}="${values[index] ?? ''}"`).join(' ')}/>`;
    }
    yield text;
  }
  yield '</report></resource>\n';
}
