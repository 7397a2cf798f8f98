import type { Link, Report } from './report.ts';

/** One link is an object, several are an array (HAL, and docs/adobe.md §6). */
function links({
  self,
  rollUp,
  drillDown,
}: Report): Record<string, Link | { href: string } | readonly Link[]> {
  const [only] = drillDown;
  return {
    self: { href: self },
    ...(rollUp === undefined ? {} : { 'roll-up': rollUp }),
    ...(only === undefined ? {} : { 'drill-down': drillDown.length === 1 ? only : drillDown }),
  };
}

/** HAL JSON; every value of a record is a text, as Adobe sends them. */
export function* renderJson(report: Report): Generator<string> {
  yield `{"_links":${JSON.stringify(links(report))},"report":[`;
  const dimensionKeys = report.dimensions.map((name) => `${JSON.stringify(name)}:`);
  const metricKeys = report.metrics.map((name) => `${JSON.stringify(name)}:`);
  let separator = '';
  for (const batch of report.batches) {
    let text = '';
    for (const { dimensions, metrics } of batch) {
      const fields = [
        ...dimensionKeys.map((key, index) => key + JSON.stringify(dimensions[index] ?? '')),
        ...metricKeys.map((key, index) => `${key}"${metrics[index] ?? 0}"`),
      ];
      text += `${separator}{${fields.join(',')}}`;
      separator = ',';
    }
    yield text;
  }
  yield ']}';
}
