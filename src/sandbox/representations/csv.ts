import type { ReportQuery } from '../reports/query/query.ts';
import { formatDate } from '../reports/query/time-range.ts';
import type { Report } from './report.ts';

/** Quoted only where RFC 4180 §2 needs it. */
const field = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

const capital = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

/** A header row of dimensions and metrics, then the rows. */
export function* renderCsv(report: Report): Generator<string> {
  const names = [...report.dimensions, ...report.metrics];
  yield `${(report.capitalHeaders ? names.map(capital) : names).join(',')}\n`;
  for (const batch of report.batches) {
    let text = '';
    for (const { dimensions, metrics } of batch) {
      for (const value of dimensions) text += `${field(value)},`;
      text += `${metrics.join(',')}\n`;
    }
    yield text;
  }
}

/** What a file system or a header could misread. */
const unsafe = /[^\p{L}\p{N}._ -]/gu;

/**
 * The `Content-Disposition` of a CSV: `report__<start-date>_<end-date>_<filter values or limit>.csv` (docs/adobe.md
 * §6).
 * Names outside ASCII are given twice, as RFC 6266 §4.3 has it.
 */
export function csvDisposition({ range, filterValues, limit }: ReportQuery, fileName: string): string {
  const selection =
    filterValues.length > 0 ? filterValues.join('_').replaceAll(unsafe, '-').slice(0, 100) : `${limit}`;
  const dates = range === undefined ? '' : `${formatDate(range.start)}_${formatDate(range.end)}_`;
  const name = `${fileName}__${dates}${selection}.csv`;
  const ascii = name.replaceAll(/[^\x20-\x7e]/g, '-');
  const quoted = /^[\w.-]+$/.test(ascii) ? ascii : `"${ascii}"`;
  const extended = ascii === name ? '' : `; filename*=UTF-8''${encodeURIComponent(name)}`;
  return `attachment; filename=${quoted}${extended}`;
}
