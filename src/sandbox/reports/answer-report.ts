import type { Answer } from '../answer.ts';
import { csvDisposition } from '../representations/csv.ts';
import { negotiate } from '../representations/negotiate.ts';
import type { Report } from '../representations/report.ts';
import { type EvaluationContext, evaluate } from './evaluate.ts';
import { parseReportQuery, type ReportQuery, selfQuery } from './query.ts';
import { ReportError } from './report-error.ts';
import type { ReportTarget } from './report-target.ts';
import type { TreeNode } from './tree.ts';

function links(
  node: TreeNode,
  query: ReportQuery,
  prefix: string,
): Pick<Report, 'self' | 'rollUp' | 'drillDown'> {
  const hrefOf = ({ dimensions }: TreeNode) => [prefix, ...dimensions].join('/');
  return {
    self: `${hrefOf(node)}?${selfQuery(query)}`,
    rollUp:
      node.parent === undefined
        ? undefined
        : { href: hrefOf(node.parent), name: node.parent.dimensions.at(-1) ?? 'root' },
    drillDown: [...node.children].map(([name, child]) => ({ href: hrefOf(child), name })),
  };
}

/** A named tenant that the caller may not see is refused, not silently left out (docs/adobe.md §6: 403). */
function refuseForeignTenants(query: ReportQuery, context: EvaluationContext): void {
  const asked = query.filters.get('tenant')?.only ?? new Set();
  for (const tenant of asked) {
    if (context.warehouse.catalogue.tenants.includes(tenant) && !context.tenants.has(tenant)) {
      throw new ReportError(403, `Not allowed to see the data of tenant "${tenant}".`);
    }
  }
}

/**
 * Answers a report request whose caller is known.
 * @throws {ReportError} with the status and text to answer instead.
 */
export function answerReport(
  target: ReportTarget,
  accept: string | undefined,
  context: EvaluationContext,
): Answer {
  const { node } = target;
  if (node === undefined)
    throw new ReportError(404, 'No such report. Follow the drill-down links from the root.');
  const query = parseReportQuery(node, target.query, context.now);
  const representation = negotiate({ extension: target.extension, format: query.format, accept });
  refuseForeignTenants(query, context);
  const report: Report = {
    ...links(node, query, target.linkPrefix),
    dimensions: query.dimensions,
    metrics: query.metrics,
    batches: evaluate(query, context),
  };
  return {
    status: 200,
    headers: {
      'content-type': representation.contentType,
      'last-modified': new Date(context.now).toUTCString(),
      ...(representation.format === 'csv' ? { 'content-disposition': csvDisposition(query) } : {}),
    },
    body: representation.render(report),
    compressible: true,
  };
}
