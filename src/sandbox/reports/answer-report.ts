import type { Answer } from '../http/answer.ts';
import type { Profile } from '../options.ts';
import { csvDisposition } from '../representations/csv.ts';
import { negotiate } from '../representations/negotiate.ts';
import type { Link, Report } from '../representations/report.ts';
import { horizonOf } from './cube/cube.ts';
import { granularityOf } from './cube/dimensions.ts';
import type { TreeNode } from './cube/tree.ts';
import { parseReportQuery, type ReportQuery, selfQuery } from './query/query.ts';
import type { ReportTarget } from './query/report-target.ts';
import { ReportError } from './report-error.ts';
import { type EvaluationContext, evaluate } from './rows/evaluate.ts';

export interface ReportContext extends Omit<EvaluationContext, 'cube'> {
  readonly profile: Profile;
  /** Whether the caller may see but some of the data: its filter is implied, and so in the self link. */
  readonly restricted: boolean;
}

/** The fields of a request that a report's answer depends on. */
export interface ReportFields {
  readonly accept: string | undefined;
  readonly ifModifiedSince: string | undefined;
}

function links(
  { cube }: ReportTarget,
  node: TreeNode,
  query: ReportQuery,
  { profile, restricted, tenants }: ReportContext,
): Pick<Report, 'self' | 'rollUp' | 'drillDown'> {
  const hrefOf = ({ dimensions }: TreeNode, prefix = cube.prefix) => [prefix, ...dimensions].join('/');
  const link = (href: string, name: string): Link => (profile === 'seen' ? { href, name } : { href });
  const asked = query.filters.get(cube.owner)?.only;
  const implied = restricted && asked === undefined ? [...tenants] : [];
  const filters = implied.map((tenant) => `${cube.owner}=${encodeURIComponent(tenant)}`);
  // As printed in the documentation, the links of the root have but the end of the prefix (docs/adobe.md §8).
  const short = profile === 'documented' && node.parent === undefined && cube.prefix === '/esm/v3';
  return {
    self: `${hrefOf(node)}?${selfQuery(query, profile, filters)}`,
    rollUp: node.parent && link(hrefOf(node.parent), node.parent.dimensions.at(-1) ?? 'root'),
    drillDown: [...node.children].map(([name, child]) =>
      link(hrefOf(child, short ? '/v3' : undefined), name),
    ),
  };
}

/** A named tenant that the caller may not see is refused, not silently left out (docs/adobe.md §6: 403). */
function refuseForeignTenants(query: ReportQuery, { cube, warehouse, tenants }: EvaluationContext): void {
  for (const tenant of query.filters.get(cube.owner)?.only ?? []) {
    if (warehouse.catalogue.tenants.includes(tenant) && !tenants.has(tenant)) {
      throw new ReportError(403, `Not allowed to see the data of ${cube.owner} "${tenant}".`);
    }
  }
}

/** CMU's says nothing but the time; ESM's is true, and absent where a report is computed in real time. */
function lastModified({ cube }: ReportTarget, { dimensions }: ReportQuery, now: number): number | undefined {
  if (!cube.trueValidators) return now;
  const granularity = granularityOf(dimensions);
  return cube.period(granularity) === undefined ? undefined : horizonOf(cube, granularity, now);
}

/**
 * Answers a report request whose caller is known.
 * @throws {ReportError} with the status and text to answer instead.
 */
export function answerReport(target: ReportTarget, fields: ReportFields, context: ReportContext): Answer {
  const { node, cube } = target;
  if (node === undefined)
    throw new ReportError(404, 'No such report. Follow the drill-down links from the root.');
  const { now, profile } = context;
  const query = parseReportQuery(node, target.query, { cube, profile, now });
  const representation = negotiate({
    extension: target.extension,
    format: query.format,
    accept: fields.accept,
  });
  const evaluation = { ...context, cube };
  refuseForeignTenants(query, evaluation);
  const modified = lastModified(target, query, now);
  const headers = {
    'content-type': representation.contentType,
    ...(modified !== undefined && { 'last-modified': new Date(modified).toUTCString() }),
    ...(representation.format === 'csv' && { 'content-disposition': csvDisposition(query, cube.fileName) }),
  };
  if (cube.trueValidators && modified !== undefined && Date.parse(fields.ifModifiedSince ?? '') >= modified) {
    return { status: 304, headers, body: '' };
  }
  const report: Report = {
    ...links(target, node, query, context),
    dimensions: query.dimensions,
    metrics: query.metrics,
    capitalHeaders: profile === 'documented',
    batches: evaluate(query, evaluation),
  };
  return { status: 200, headers, body: representation.render(report), compressible: true };
}
