import { type Answer, type HeaderValues, textAnswer } from './answer.ts';
import type { Application, Applications } from './oauth/applications.ts';
import { authorize, bearerOf } from './oauth/bearer.ts';
import type { Grants } from './oauth/grants.ts';
import { answerReport } from './reports/answer-report.ts';
import { DEFAULT_LIMITS } from './reports/evaluate.ts';
import { ReportError } from './reports/report-error.ts';
import { parseReportTarget } from './reports/report-target.ts';
import { RowCache } from './reports/row-cache.ts';
import { buildTree } from './reports/tree.ts';
import type { SandboxRequest } from './server.ts';
import { Warehouse } from './warehouse/warehouse.ts';

export interface ReportEndpointOptions {
  readonly seed: number;
  readonly tenants: readonly string[];
  readonly minuteReports: boolean;
  readonly grants: Grants;
  readonly applications: Applications;
  now(): number;
}

/** Headers that go with an error's status (RFC 9110 §11.6.1, §10.2.1). */
const ERROR_HEADERS: Readonly<Partial<Record<number, HeaderValues>>> = {
  401: { 'www-authenticate': 'Bearer realm="CMU", error="invalid_token"' },
  405: { allow: 'GET' },
};

/** The report API: method, then token, then path and query, as the documented statuses have it (docs/adobe.md §6). */
export function reportEndpoint(options: ReportEndpointOptions): (request: SandboxRequest) => Answer {
  const { grants, applications } = options;
  const warehouse = new Warehouse(options);
  const tree = buildTree(options.minuteReports);
  const cache = new RowCache();
  const tenantsOf = ({ tenants }: Application): ReadonlySet<string> =>
    new Set(tenants === 'all' ? options.tenants : tenants);

  const answer = ({ method, target, headers }: SandboxRequest): Answer => {
    if (method !== 'GET') throw new ReportError(405, 'Only GET is supported.');
    const parsed = parseReportTarget(target, tree);
    if (parsed === undefined) throw new ReportError(404, 'Not found.');
    const now = options.now();
    const application = authorize(bearerOf(headers, parsed.query), { grants, applications, now });
    const context = { warehouse, now, tenants: tenantsOf(application), limits: DEFAULT_LIMITS, cache };
    return answerReport(parsed, headers.accept, context);
  };

  return (request) => {
    try {
      return answer(request);
    } catch (error) {
      if (error instanceof ReportError)
        return textAnswer(error.status, error.message, ERROR_HEADERS[error.status]);
      throw error;
    }
  };
}
